using System.Text.Json;
using System.Text.RegularExpressions;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Support;

/// <summary>The built server as a process of its own, as an image or a unit would start it.</summary>
internal sealed partial class RunningServer : IAsyncDisposable
{
    private const int Kill = 9;

    private readonly Supervised _process;
    private readonly Scratch _scratch;

    private RunningServer(Supervised process, Scratch scratch, string url, string key)
    {
        (_process, _scratch, Url, Key) = (process, scratch, url, key);
        Client = JsonApi.Client(url, key);
    }

    public static string Assembly => Path.Combine(Sources.Server, "splitstream-server.dll");

    /// <summary>Carries the admin key.</summary>
    public HttpClient Client { get; }

    public JsonApi Api => new(Client);

    /// <summary>The admin key.</summary>
    public string Key { get; }

    public string Url { get; }

    public int Port => new Uri(Url).Port;

    /// <exception cref="InvalidOperationException">It ended instead; the message is what it said.</exception>
    public static async Task<RunningServer> StartAsync(string connectionString)
    {
        var scratch = new Scratch();
        var (keys, log) = (scratch.PathOf("keys.json"), scratch.PathOf("server.log"));
        var process = Supervised.Start([Tool.Find("dotnet"), Assembly], log, new Dictionary<string, string>
        {
            ["Splitstream__ConnectionString"] = connectionString,
            ["Splitstream__KeysFile"] = keys,
            ["Splitstream__Urls"] = "http://127.0.0.1:0",
            ["Splitstream__Cluster__SiloPort"] = "0",
            ["Splitstream__Cluster__GatewayPort"] = "0",
        });
        try
        {
            string Said() => File.Exists(log) ? File.ReadAllText(log) : "";
            await Until.TrueAsync(() => process.HasEnded
                ? throw new InvalidOperationException($"The server did not start.\n{Said()}")
                : Listening().IsMatch(Said()));
            using var written = JsonDocument.Parse(await File.ReadAllTextAsync(keys));
            return new RunningServer(
                process, scratch, Listening().Match(Said()).Groups[1].Value, written.RootElement.GetProperty("admin").GetString()!);
        }
        catch
        {
            await EndAsync(process, scratch);
            throw;
        }
    }

    /// <summary>Every sample of <c>/metrics</c>: its name with its labels, and its value.</summary>
    public async Task<Dictionary<string, double>> ReadMetricsAsync()
    {
        var text = await Client.GetStringAsync("/metrics");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
            .Select(line => (Line: line, Space: line.LastIndexOf(' ')))
            .ToDictionary(sample => sample.Line[..sample.Space], sample => Number(sample.Line[(sample.Space + 1)..]));
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return EndAsync(_process, _scratch);
    }

    private static async ValueTask EndAsync(Supervised process, Scratch scratch)
    {
        await process.StopAsync(Kill);
        await process.DisposeAsync();
        scratch.Dispose();
    }

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Now listening on: (\S+)\s")]
    private static partial Regex Listening();
}
