using Splitstream.Cli.Up;
using Splitstream.Testing;
using Splitstream.Testing.Faults;
using Splitstream.Testing.History;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>Server processes over the database of one installation; three of them, and for all seeds, as a fixture.</summary>
public sealed class FireCluster : IAsyncLifetime
{
    /// <summary>The name of the database and of the role that owns it.</summary>
    public const string Database = "splitstream";

    private const int Terminate = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Installation _installation = new();

    public int NodeCount { get; init; } = 3;

    public IReadOnlyList<FireNode> Nodes { get; private set; } = [];

    public async Task InitializeAsync()
    {
        await _installation.UpAsync();
        // The server that made the keys gives way to those that can be killed and started again one by one.
        var first = UpState.Read(_installation.Data).Servers[0].Process;
        first.Signal(Terminate);
        await first.WaitForEndAsync(Patience, TimeProvider.System);
        Nodes = [.. Enumerable.Range(0, NodeCount).Select(_ => new FireNode(_installation))];
        await Task.WhenAll(Nodes.Select(node => node.StartAsync()));
    }

    /// <summary>Makes and starts two experiments that share a mutex group and a free one; their keys begin with the prefix.</summary>
    public async Task<FireExperiments> RunExperimentsAsync(string prefix)
    {
        var experiments = new FireExperiments($"{prefix}left", $"{prefix}right", $"{prefix}free");
        var api = new JsonApi(Nodes[0].Admin);
        await api.PostAsync("/v1/mutex-groups", new { key = $"{prefix}group", name = "Fire" }, 201);
        foreach (var key in experiments.All)
        {
            await api.PostAsync("/v1/experiments", new
            {
                key,
                name = key,
                hypothesis = "Nothing is lost under fire.",
                variants = FireExperiments.Variants(1, 1),
                mutexGroup = key == experiments.Free ? null : $"{prefix}group",
            }, 201);
            await api.PostAsync($"/v1/experiments/{key}/start");
        }

        return experiments;
    }

    /// <summary>Cuts every connection of every server to the database.</summary>
    public async Task<int> TerminateBackendsAsync()
    {
        await using var connection = await _installation.OpenDatabaseAsync();
        return await Backends.TerminateAsync(connection, database: Database);
    }

    public async Task<TableState> ReadTablesAsync(string prefix)
    {
        await using var connection = await _installation.OpenDatabaseAsync();
        return await TableReader.ReadAsync(connection, prefix);
    }

    public async Task DisposeAsync()
    {
        foreach (var node in Nodes) await node.DisposeAsync();
        await _installation.DisposeAsync();
    }
}
