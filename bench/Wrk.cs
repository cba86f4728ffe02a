using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Splitstream.Bench;

/// <summary>Runs wrk against a loopback port and reads what it counted.</summary>
public static partial class Wrk
{
    /// <summary>Requests answered with 2xx per second, and how many; anything else fails the benchmark.</summary>
    public static async Task<(double PerSecond, long Requests)> RunAsync(Uri url, string script, int connections, int seconds, params string[] arguments)
    {
        var file = Path.Combine(Path.GetTempPath(), $"splitstream-bench-{Environment.ProcessId}.lua");
        await File.WriteAllTextAsync(file, script + Done);
        var start = new ProcessStartInfo("wrk") { RedirectStandardOutput = true };
        string[] options = ["-t1", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "-s", file, url.ToString(), "--", .. arguments];
        foreach (var option in options)
        {
            start.ArgumentList.Add(option);
        }

        using var wrk = Process.Start(start)!;
        var output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        File.Delete(file);
        var summary = Summary().Match(output);
        if (!summary.Success || summary.Groups["errors"].Value != "0")
        {
            throw new InvalidOperationException($"wrk against {url} did not get only 2xx answers:\n{output}");
        }

        var requests = long.Parse(summary.Groups["requests"].Value, CultureInfo.InvariantCulture);
        var micros = long.Parse(summary.Groups["micros"].Value, CultureInfo.InvariantCulture);
        return (requests * 1e6 / micros, requests);
    }

    private const string Done =
        """

        done = function(summary, latency, requests)
          local e = summary.errors
          print(string.format("summary requests=%d micros=%d errors=%d p50=%d p99=%d", summary.requests, summary.duration,
            e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
        end
        """;

    [GeneratedRegex(@"summary requests=(?<requests>\d+) micros=(?<micros>\d+) errors=(?<errors>\d+)")]
    private static partial Regex Summary();
}
