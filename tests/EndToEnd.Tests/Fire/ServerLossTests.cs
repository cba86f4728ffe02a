using System.Collections.Concurrent;
using System.Globalization;
using Splitstream.Testing.History;
using Xunit.Abstractions;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>What clients of the other servers notice when one is told to end, and when one is killed, under load: nothing.</summary>
public sealed class ServerLossTests(ITestOutputHelper output)
{
    private const int Clients = 24;
    private const string Prefix = "loss-";
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    /// <summary>Longer than it takes until the servers that stay have noticed.</summary>
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(5);

    private readonly ClientHistory _history = new(TimeProvider.System);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task No_request_to_a_server_that_stays_fails_when_another_is_stopped_or_killed(int servers)
    {
        var cluster = new FireCluster { NodeCount = servers };
        await using var nodes = new AsyncScope(cluster);
        await cluster.InitializeAsync();
        var experiments = await cluster.RunExperimentsAsync(Prefix);
        var told = new ConcurrentQueue<string>();
        using var ending = new CancellationTokenSource();
        LossClient[] clients = [.. Enumerable.Range(0, Clients).Select(number => new LossClient(cluster, _history, experiments, Prefix, number, told))];
        var running = clients.Select(client => client.RunAsync(ending.Token)).ToArray();

        await Task.Delay(Quiet);
        var stopped = await LoseAsync(cluster, clients, node => node.StopAsync());
        await Task.Delay(Quiet);
        var killed = await LoseAsync(cluster, clients, node => node.KillAsync());
        await Task.Delay(Quiet);
        await ending.CancelAsync();
        await Task.WhenAll(running);

        Tell($"{servers} servers, one stopped", stopped, cluster);
        Tell($"{servers} servers, one killed", killed, cluster);
        var violations = HistoryChecker.Check(_history.Records, await cluster.ReadTablesAsync(Prefix));
        Assert.True(violations.Count == 0, string.Join('\n', violations.Take(3)));
        var failed = Records.Where(record => !record.Exchange.IsDone && record.Exchange.Node != Lost(cluster)).ToList();
        Assert.True(failed.Count == 0, string.Join('\n', failed.Take(5)));
        foreach (var (from, until) in new[] { stopped, killed })
        {
            var meanwhile = Records.Where(record => record.Start >= from && record.End <= until && record.Exchange.IsDone).ToList();
            Assert.Contains(meanwhile, record => IsNew(record));
            Assert.Contains(meanwhile, record => !IsNew(record));
        }
    }

    private IEnumerable<AssignRecord> Records => _history.Records.OfType<AssignRecord>();

    private static string Lost(FireCluster cluster) => cluster.Nodes[^1].Client.BaseAddress!.Port.ToString(CultureInfo.InvariantCulture);

    private static bool IsNew(AssignRecord record) => record.Answers.Any(answer => answer.Reason == "assigned");

    /// <summary>Loses the last server for a while and brings it back.</summary>
    private async Task<(TimeSpan From, TimeSpan Until)> LoseAsync(FireCluster cluster, LossClient[] clients, Func<FireNode, Task> lose)
    {
        var from = _history.Now;
        await lose(cluster.Nodes[^1]);
        await Task.Delay(Away);
        var until = _history.Now;
        await cluster.Nodes[^1].StartAsync();
        foreach (var client in clients) client.Return();
        return (from, until);
    }

    /// <summary>How long new units had to wait at the servers that stay, and for how long none of them was told anything.</summary>
    private void Tell(string what, (TimeSpan From, TimeSpan Until) window, FireCluster cluster)
    {
        var staying = Records.Where(record => record.Exchange.IsDone && record.Exchange.Node != Lost(cluster)
            && record.End >= window.From && record.Start <= window.Until).ToList();
        var claims = staying.Where(IsNew).Select(record => record.End).Order().ToList();
        var gap = claims.Zip(claims.Skip(1), (one, next) => next - one).DefaultIfEmpty().Max();
        var slowestNew = staying.Where(IsNew).Max(record => record.End - record.Start);
        var slowestKnown = staying.Where(record => !IsNew(record)).Max(record => record.End - record.Start);
        var failed = Records.Count(record => !record.Exchange.IsDone && record.Start >= window.From && record.Start <= window.Until);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {claims.Count} new units, slowest {slowestNew.TotalMilliseconds:F0} ms, longest pause between two {gap.TotalMilliseconds:F0} ms; "
            + $"{staying.Count - claims.Count} known, slowest {slowestKnown.TotalMilliseconds:F0} ms; {failed} failed at the lost server"));
    }

    private sealed class AsyncScope(FireCluster cluster) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await cluster.DisposeAsync();
    }
}
