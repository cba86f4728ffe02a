using System.Collections.Concurrent;
using Splitstream.Testing.History;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>
/// What goes wrong in one seed: a server is killed and started again, all backends are terminated twice, and one server hears nothing for
/// five seconds, by a cut or by a half-open connection.
/// </summary>
internal sealed class FireFaults(FireCluster cluster, ClientHistory history, int seed)
{
    public const int LatestStartMilliseconds = 3_000;

    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(3);

    private readonly Random _random = new(seed);
    private readonly ConcurrentBag<(TimeSpan Start, TimeSpan End)> _windows = [];
    private int _terminated;

    /// <summary>Backends that were terminated.</summary>
    public int Terminated => _terminated;

    /// <summary>Whether a request ran while a fault did, or soon after one.</summary>
    public bool Covers(HistoryRecord record) =>
        _windows.Any(window => record.End >= window.Start && record.Start <= window.End + Aftermath);

    /// <summary>Complete when the last fault is over and its aftermath too.</summary>
    public async Task RunAsync()
    {
        // Drawn before anything runs, so that the seed decides everything.
        var (killed, deaf) = (Node(), Node());
        var halfOpen = _random.Next(2) == 0;
        await Task.WhenAll(
            StrikeAsync(Moment(), () => KillAsync(killed)),
            StrikeAsync(Moment(), () => CutNotificationsAsync(deaf, halfOpen)),
            TerminateTwiceAsync(Moment(), Moment()));
        await Task.Delay(Aftermath);
    }

    private FireNode Node() => cluster.Nodes[_random.Next(cluster.Nodes.Count)];

    private TimeSpan Moment() => TimeSpan.FromMilliseconds(_random.Next(LatestStartMilliseconds));

    private async Task StrikeAsync(TimeSpan after, Func<Task> fault)
    {
        await Task.Delay(after);
        var start = history.Now;
        await fault();
        _windows.Add((start, history.Now));
    }

    private static async Task KillAsync(FireNode node)
    {
        await node.KillAsync();
        await node.StartAsync();
    }

    private static async Task CutNotificationsAsync(FireNode node, bool halfOpen)
    {
        if (halfOpen) node.Notifications.Drop();
        else node.Notifications.Cut();
        await Task.Delay(CutFor);
        node.Notifications.Restore();
    }

    /// <summary>One after the other, because two at once would terminate each other.</summary>
    private async Task TerminateTwiceAsync(TimeSpan first, TimeSpan pause)
    {
        await StrikeAsync(first, TerminateAsync);
        await StrikeAsync(pause, TerminateAsync);
    }

    private async Task TerminateAsync() => Interlocked.Add(ref _terminated, await cluster.TerminateBackendsAsync());
}
