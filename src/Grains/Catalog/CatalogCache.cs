using Splitstream.Storage.ApiKeys;
using Splitstream.Storage.Catalog;
using Splitstream.Storage.Database;

namespace Splitstream.Grains.Catalog;

/// <summary>
/// The configuration of this process: one immutable snapshot, replaced as a whole. It is no grain, because a snapshot that is read with
/// every request must not cross a scheduler (docs/decisions/0003).
/// </summary>
public sealed class CatalogCache(CatalogReader reader, ApiKeyRing keys)
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile CompiledCatalog _current = CompiledCatalog.Empty;
    private long _asked;
    private long _loaded;

    public CompiledCatalog Current => _current;

    /// <summary>Answers when the current snapshot is one whose reading began after this call. Concurrent calls share a reading.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        var ticket = Interlocked.Increment(ref _asked);
        await _loading.WaitAsync(cancellation);
        try
        {
            if (_loaded >= ticket)
            {
                return;
            }

            var upTo = Interlocked.Read(ref _asked);
            try
            {
                await ReadAsync(cancellation);
            }
            catch (Exception exception) when (SplitstreamDatabase.IsUnavailable(exception))
            {
                // Once more, because the first connection of the pool may be one that was lost long ago.
                await ReadAsync(cancellation);
            }


            _loaded = upTo;
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task ReadAsync(CancellationToken cancellation)
    {
        if (await reader.LoadAsync(_current.Version, cancellation) is { } content)
        {
            await keys.ReloadAsync(cancellation);
            _current = new CompiledCatalog(content);
        }
    }
}
