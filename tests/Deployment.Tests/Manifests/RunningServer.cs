using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>The built server as a process of its own, as an image or a unit would start it.</summary>
internal sealed partial class RunningServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Scratch _scratch;

    private RunningServer(Process process, Scratch scratch, string url, string key)
    {
        (_process, _scratch, Url) = (process, scratch, url);
        Client = JsonApi.Client(url, key);
    }

    public static string Assembly => Sources.PathOf("src/Silo/bin/Release/net10.0/splitstream-server.dll");

    /// <summary>Carries the admin key.</summary>
    public HttpClient Client { get; }

    public JsonApi Api => new(Client);

    public string Url { get; }

    public int Port => new Uri(Url).Port;

    public static async Task<RunningServer> StartAsync(string connectionString)
    {
        var scratch = new Scratch();
        var keys = scratch.PathOf("keys.json");
        var start = new ProcessStartInfo(Tool.Find("dotnet"), [Assembly]) { RedirectStandardOutput = true };
        start.Environment["Splitstream__ConnectionString"] = connectionString;
        start.Environment["Splitstream__KeysFile"] = keys;
        start.Environment["Splitstream__Urls"] = "http://127.0.0.1:0";
        var process = Process.Start(start)!;
        var said = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (Listening().Match(line) is { Success: true } match)
            {
                // Read on, or it would stop when the pipe is full.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                var admin = JsonDocument.Parse(await File.ReadAllTextAsync(keys)).RootElement.GetProperty("admin").GetString()!;
                return new RunningServer(process, scratch, match.Groups[1].Value, admin);
            }
        }

        throw new InvalidOperationException($"The server did not start.\n{string.Join('\n', said)}");
    }

    /// <summary>Every sample of <c>/metrics</c>: its name with its labels, and its value.</summary>
    public async Task<Dictionary<string, double>> ReadMetricsAsync()
    {
        var text = await Client.GetStringAsync("/metrics");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
            .Select(line => (Line: line, Space: line.LastIndexOf(' ')))
            .ToDictionary(sample => sample.Line[..sample.Space], sample => Number(sample.Line[(sample.Space + 1)..]));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _scratch.Dispose();
    }

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Now listening on: (\S+)")]
    private static partial Regex Listening();
}
