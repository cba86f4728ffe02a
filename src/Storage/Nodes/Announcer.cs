using System.Collections.Concurrent;
using Npgsql;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Nodes;

/// <summary>
/// Tells every server of a change to what they keep in memory, and lets its caller wait until none of them can answer otherwise any more.
/// </summary>
/// <remarks>
/// The wait is what makes it right: a server trusts its memory until <see cref="LeaseDuration"/> after the start of a heartbeat that came
/// back to it in the order of commits, so once that time has passed since the commit, each of them has either heard of the change or
/// stopped trusting. Acknowledgements only shorten the wait. No clock of one machine is compared with that of another.
/// </remarks>
public sealed class Announcer(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>How long after the start of its last heartbeat a server trusts its memory.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(3);

    /// <summary>The longest wait until a committed change binds every server: the lease, and a tenth for clocks that run unevenly.</summary>
    public static readonly TimeSpan Bound = LeaseDuration * 1.1;

    private readonly ConcurrentDictionary<long, PendingChange> _pending = new();
    private long _last;

    /// <summary>Names this process among the servers of the database; a new one with every start.</summary>
    public string NodeId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>To be called before the transaction that makes the change.</summary>
    public PendingChange Begin()
    {
        var change = new PendingChange(this, Interlocked.Increment(ref _last));
        _pending[change.Number] = change;
        return change;
    }

    /// <summary>A server has taken a change of this process into account.</summary>
    public void Acknowledge(long number, string nodeId)
    {
        if (_pending.TryGetValue(number, out var change))
        {
            change.Acknowledge(nodeId);
        }
    }

    internal void Forget(long number) => _pending.TryRemove(number, out _);

    internal async Task SettleAsync(PendingChange change, CancellationToken cancellation)
    {
        Dictionary<string, DateTimeOffset> nodes;
        try
        {
            nodes = await NodeRegister.ListAsync(database, change.Transaction, cancellation);
        }
        catch (Exception exception) when (SplitstreamDatabase.IsUnavailable(exception))
        {
            // The change is committed whether or not anybody can say who must hear of it.
            await Task.Delay(Bound, time, cancellation);
            return;
        }

        try
        {
            await change.WhenAcknowledgedBy(nodes.Keys).WaitAsync(Bound, time, cancellation);
        }
        catch (TimeoutException)
        {
            // Counted from the reading of the marks: a server that has not beaten since then has no lease any more.
            await RemoveSilentAsync(nodes.Where(node => !change.IsAcknowledgedBy(node.Key)), cancellation);
        }
    }

    private async Task RemoveSilentAsync(IEnumerable<KeyValuePair<string, DateTimeOffset>> silent, CancellationToken cancellation)
    {
        try
        {
            foreach (var (nodeId, seenAt) in silent)
            {
                await NodeRegister.RemoveSilentAsync(database, nodeId, seenAt, cancellation);
            }
        }
        catch (Exception exception) when (SplitstreamDatabase.IsUnavailable(exception))
        {
            // The next change waits for them once more.
        }
    }
}
