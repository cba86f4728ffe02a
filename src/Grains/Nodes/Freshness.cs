using Splitstream.Grains.Catalog;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Storage.Database;

namespace Splitstream.Grains.Nodes;

/// <summary>Goes by the lease, and without it by the database; when that is away too, by memory for as long as the lease allows.</summary>
public sealed class Freshness(CacheLease lease, CatalogCache catalog, TimeProvider time) : IFreshness
{
    /// <summary>A database that has not answered by then is away.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long a failed attempt speaks for all that follow, so that they do not wait for a time-out each.</summary>
    private static readonly TimeSpan Away = TimeSpan.FromMilliseconds(250);

    /// <summary>How long after it one request at a time tries again while the others go by it; an older failure says nothing.</summary>
    private static readonly TimeSpan Recently = TimeSpan.FromSeconds(5);

    private long _awaySince = long.MinValue;
    private int _trying;

    public bool IsAssured => lease.IsHeld;

    public ValueTask<Trust> EnsureAsync(CancellationToken cancellation) =>
        lease.IsHeld ? new(Trust.Memory) : ReadAsync(cancellation);

    private async ValueTask<Trust> ReadAsync(CancellationToken cancellation)
    {
        var since = Volatile.Read(ref _awaySince);
        var awayFor = since == long.MinValue ? TimeSpan.MaxValue : time.GetElapsedTime(since);
        var isAway = awayFor < Recently;
        if (isAway && (awayFor < Away || Interlocked.Exchange(ref _trying, 1) == 1))
        {
            return StaleOrThrow(null);
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await catalog.RefreshAsync(either.Token);
            Volatile.Write(ref _awaySince, long.MinValue);
            return Trust.Database;
        }
        catch (Exception exception)
            when (SplitstreamDatabase.IsUnavailable(exception) || (exception is OperationCanceledException && patience.IsCancellationRequested))
        {
            Volatile.Write(ref _awaySince, time.GetTimestamp());
            return StaleOrThrow(exception);
        }
        finally
        {
            if (isAway)
            {
                Volatile.Write(ref _trying, 0);
            }
        }
    }

    private Trust StaleOrThrow(Exception? cause) => lease.MayBeStale
        ? Trust.Stale
        : throw new StorageUnavailableException("The database cannot be reached, and memory is too old to be answered from.", cause);
}
