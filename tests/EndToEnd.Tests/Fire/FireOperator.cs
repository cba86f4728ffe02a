using System.Collections.Concurrent;
using Splitstream.Testing.History;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>The person who changes things while it burns: rebuckets, a weight edit, and a stop at the end.</summary>
internal sealed class FireOperator(
    FireCluster cluster, ClientHistory history, FireExperiments experiments, string prefix, int seed,
    ConcurrentDictionary<(string Unit, string Experiment), bool> told)
{
    public const int Rebuckets = 50;

    private const int Tries = 60;
    private const int UnitsAfterStop = 20;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);

    private readonly HistoryClient _client = new(history, "operator");

    /// <summary>Rebuckets units that were told a variant, each at a moment of its own, and asks every server right after.</summary>
    public Task RebucketAsync()
    {
        var random = new Random(seed + 1);
        var pairs = told.Keys.OrderBy(pair => pair.Unit, StringComparer.Ordinal)
            .ThenBy(pair => pair.Experiment, StringComparer.Ordinal).ToArray();
        random.Shuffle(pairs);
        return Task.WhenAll(pairs.Take(Rebuckets).Select((pair, i) => RebucketAsync(
            pair.Unit, pair.Experiment, TimeSpan.FromMilliseconds(random.Next(FireFaults.LatestStartMilliseconds)), new Random(seed + i))));
    }

    /// <summary>Moves weight to the treatment of the free experiment, which opens an epoch.</summary>
    public async Task EditAsync()
    {
        var random = new Random(seed + 2);
        await Task.Delay(random.Next(FireFaults.LatestStartMilliseconds));
        // Created and started: the second version. When an answer is lost, the next try may find the third.
        await RepeatAsync(random, node => _client.ChangeAsync(
            node.Admin, experiments.Free, ChangeKind.Edit, new { variants = FireExperiments.Variants(1, 3), confirm = true }, "\"2\""));
    }

    /// <summary>Stops the free experiment at one server and asks every server for units that were never seen.</summary>
    public async Task StopAsync()
    {
        var stopped = await RepeatAsync(new Random(seed + 3), node => _client.ChangeAsync(node.Admin, experiments.Free, ChangeKind.Stop));
        Assert.True(stopped.Exchange.IsDone, stopped.ToString());
        await Task.WhenAll(cluster.Nodes.SelectMany((node, i) => Enumerable.Range(0, UnitsAfterStop).Select(n =>
            _client.AssignAsync(node.Client, $"{prefix}late-{i}-{n}", experiments.Free))));
    }

    private async Task RebucketAsync(string unit, string experiment, TimeSpan after, Random random)
    {
        await Task.Delay(after);
        await RepeatAsync(random, node => _client.RebucketAsync(node.Admin, unit, experiment));
        await Task.WhenAll(cluster.Nodes.Select(node => _client.AssignAsync(node.Client, unit, experiment)));
    }

    private async Task<T> RepeatAsync<T>(Random random, Func<FireNode, Task<T>> send)
        where T : HistoryRecord
    {
        for (var attempt = 1; ; attempt++)
        {
            var record = await send(cluster.Nodes[random.Next(cluster.Nodes.Count)]);
            if (!record.Exchange.IsUnknown || attempt == Tries) return record;
            await Task.Delay(RetryPause);
        }
    }
}
