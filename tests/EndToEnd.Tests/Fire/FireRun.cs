using System.Collections.Concurrent;
using Splitstream.Testing.History;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>One seed: 64 clients in a quiet stretch, then the faults with rebuckets and an edit, a stretch after, a stop, the proof.</summary>
internal sealed class FireRun(FireCluster cluster, int seed)
{
    private const int Clients = 64;

    /// <summary>Compilation and first claims make the first requests slow; they are checked and not measured.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(2);

    private readonly ClientHistory _history = new(TimeProvider.System);

    public async Task<FireReport> RunAsync()
    {
        var prefix = $"fire-{seed}-";
        var experiments = await cluster.RunExperimentsAsync(prefix);
        var told = new ConcurrentDictionary<(string, string), bool>();
        var faults = new FireFaults(cluster, _history, seed);
        var changes = new FireOperator(cluster, _history, experiments, prefix, seed, told);
        using var ending = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients)
            .Select(number => new FireClient(cluster, _history, experiments, prefix, number, seed, told).RunAsync(ending.Token)).ToArray();

        TimeSpan quietFrom, quietUntil, measuredUntil;
        try
        {
            await Task.Delay(WarmUp);
            quietFrom = _history.Now;
            await Task.Delay(QuietFor);
            quietUntil = _history.Now;
            await Task.WhenAll(faults.RunAsync(), changes.RebucketAsync(), changes.EditAsync());
            await Task.Delay(QuietFor);
            measuredUntil = _history.Now;
            await changes.StopAsync();
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(clients);
        }

        var records = _history.Records;
        var tables = await cluster.ReadTablesAsync(prefix);
        var answered = records.OfType<AssignRecord>().Where(record => record.Exchange.IsDone && record.End <= measuredUntil).ToList();
        return new FireReport(
            seed,
            HistoryChecker.Check(records, tables),
            records.Count,
            tables.Assignments.Count,
            records.OfType<RebucketRecord>().Count(record => record.Exchange.IsDone),
            faults.Terminated,
            [.. answered.Where(record => record.Start >= quietFrom && record.End <= quietUntil).Select(Milliseconds)],
            [.. answered.Where(record => record.Start > quietUntil && !faults.Covers(record)).Select(Milliseconds)]);
    }

    private static double Milliseconds(HistoryRecord record) => (record.End - record.Start).TotalMilliseconds;
}
