using System.Text.Json;

namespace Splitstream.EndToEnd.Tests;

/// <summary>The published Cookie Cats experiment, imported once into a server of its own, and its reference results.</summary>
/// <remarks>The data may not be shipped, so it lies in the folder that SPLITSTREAM_SHARED names (by default ../shared beside the repository).</remarks>
public sealed class CookieCatsImport : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--experiment", "gate", "--unit", "userid", "--variant", "version", "--control", "gate_30",
        "--metric", "retention_7:conversion", "--metric", "retention_1", "--metric", "sum_gamerounds:mean", "--json",
    ];

    private readonly Installation _installation = new();

    public Installation Installation => _installation;

    /// <summary>What the first import printed.</summary>
    public JsonElement First { get; private set; }

    public JsonElement Results => First.GetProperty("results");

    public string SnapshotId => Results.GetProperty("snapshotId").GetString()!;

    /// <summary>Reference values computed with SciPy.</summary>
    public JsonElement Expected { get; private set; }

    public async Task InitializeAsync()
    {
        // The tests are not run then, and say why.
        if (SharedFolder.Absent is not null)
        {
            return;
        }

        Expected = JsonDocument.Parse(await File.ReadAllTextAsync(FileOf("expected.json"))).RootElement.GetProperty("cookie_cats");
        await _installation.UpAsync();
        First = (await ImportAsync()).Json();
    }

    public Task<CommandRun> ImportAsync() => _installation.RunAsync("import", [FileOf("cookie_cats.csv.gz"), .. Arguments]);

    public JsonElement Metric(string key) =>
        Assert.Single(Results.GetProperty("metrics").EnumerateArray(), metric => metric.GetProperty("metric").GetString() == key);

    public Task DisposeAsync() => _installation.DisposeAsync();

    private static string FileOf(string name) => SharedFolder.File("data", name);
}
