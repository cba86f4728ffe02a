using System.Threading.Channels;
using Npgsql;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Storage.Events;

/// <summary>
/// Group commit into PostgreSQL. Requests wait in memory; each of a few writers takes whatever waits, writes it in one transaction and
/// answers after the commit, while the others wait for the next. No timer: a lone request is written at once.
/// </summary>
/// <remarks>Runs by itself from the first request; disposing writes what waits and then ends.</remarks>
public sealed class PostgresEventBuffer : IEventBuffer, IAsyncDisposable
{
    /// <summary>Items that may wait or be under way; a request beyond them is refused.</summary>
    public const int CapacityItems = 100_000;

    /// <summary>Transactions under way at a time.</summary>
    public const int Writers = 2;

    /// <summary>Items in one transaction, unless a single request has more.</summary>
    private const int ItemsPerTransaction = 10_000;

    private const int Attempts = 2;

    /// <summary>Longest idempotency key: it is part of an index.</summary>
    private const int KeyMaxCharacters = 256;

    private readonly Channel<PendingBatch> _waiting = Channel.CreateUnbounded<PendingBatch>();
    private readonly NpgsqlDataSource _database;
    private readonly PartitionKeeper _partitions;
    private readonly ExposureRouter _router = new();
    private readonly Lazy<Task> _running;
    private long _waitingItems;

    public PostgresEventBuffer(NpgsqlDataSource database, PartitionKeeper partitions)
    {
        _database = database;
        _partitions = partitions;
        _running = new Lazy<Task>(() => Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(RunWriterAsync))));
        IngestTelemetry.Publish();
        Telemetry.Meter.CreateObservableGauge(
            "splitstream.ingest.waiting_items", () => WaitingItems, null, "Items that wait for their commit in this process.");
    }

    /// <summary>Items that wait for their commit now.</summary>
    public long WaitingItems => Interlocked.Read(ref _waitingItems);

    /// <inheritdoc/>
    /// <remarks>Cancelling ends the wait, not the write.</remarks>
    public async Task<Outcome<IngestReceipt>> AppendAsync(IngestBatch batch, CancellationToken cancellation)
    {
        if (StorableText.FindFault(batch.Source, batch.BatchKey) is { } fault || (fault = KeyFault(batch.BatchKey)) is not null)
        {
            return new Problem(ErrorCode.ValidationFailed, $"The idempotency key is invalid. {fault}");
        }

        var items = batch.Exposures.Length + batch.Events.Length;
        if (Interlocked.Add(ref _waitingItems, items) > CapacityItems)
        {
            Interlocked.Add(ref _waitingItems, -items);
            return new Problem(ErrorCode.BufferFull, $"More than {CapacityItems} items wait to be written; send this batch again later.");
        }

        PendingBatch pending;
        try
        {
            pending = new PendingBatch(batch);
            _ = _running.Value;
            if (!_waiting.Writer.TryWrite(pending))
            {
                throw new StorageUnavailableException("The buffer is shutting down.");
            }
        }
        catch
        {
            Interlocked.Add(ref _waitingItems, -items);
            throw;
        }

        return await pending.Completion.WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        if (_running.IsValueCreated)
        {
            await _running.Value;
        }
    }

    private static string? KeyFault(string? batchKey) =>
        batchKey?.Length > KeyMaxCharacters ? $"It must have at most {KeyMaxCharacters} characters." : null;

    private async Task RunWriterAsync()
    {
        await using var writer = new IngestWriter(_database, _partitions, _router);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            var group = new List<PendingBatch>();
            var items = 0;
            while (items < ItemsPerTransaction && _waiting.Reader.TryRead(out var pending))
            {
                group.Add(pending);
                items += pending.Items.Length;
            }

            if (group.Count > 0)
            {
                await WriteAsync(writer, group);
                Interlocked.Add(ref _waitingItems, -items);
            }
        }
    }

    private async Task WriteAsync(IngestWriter writer, List<PendingBatch> group)
    {
        try
        {
            var receipts = await WriteWithRetryAsync(writer, group);
            for (var i = 0; i < group.Count; i++)
            {
                group[i].Answer(receipts[i]);
            }
        }
        catch (Exception exception)
        {
            await writer.DisposeAsync();
            var fault = exception is NpgsqlException or IOException or TimeoutException
                ? new StorageUnavailableException("The database did not confirm the batch; send it again.", exception)
                : exception;
            group.ForEach(pending => pending.Fail(fault));
        }
    }

    /// <summary>
    /// A second try for what may pass: a connection that had died, a deadlock. It uses the same number, so that after a commit in doubt it
    /// finds out what became of the first.
    /// </summary>
    private async Task<IngestReceipt[]> WriteWithRetryAsync(IngestWriter writer, List<PendingBatch> group)
    {
        long? batchId = null;
        IngestReceipt[]? inDoubt = null;
        var careful = false;
        for (var attempt = 1; ; attempt++)
        {
            var prepared = new IngestReceipt[group.Count];
            try
            {
                batchId ??= await writer.NextBatchIdAsync();
                return await writer.WriteAsync(group, batchId.Value, careful, prepared) ? prepared : inDoubt ?? prepared;
            }
            catch (PostgresException exception) when (!careful && IngestFaults.IsData(exception))
            {
                // The transaction is known to be gone, so this costs no attempt.
                careful = true;
                attempt--;
                await writer.DisposeAsync();
            }
            catch (Exception exception) when (attempt < Attempts && exception is NpgsqlException or IOException or TimeoutException)
            {
                inDoubt ??= writer.IsCommitInDoubt ? prepared : null;
                await writer.DisposeAsync();
                _partitions.Forget();
                // A pool may hold more connections that the server has closed.
                _database.Clear();
            }
        }
    }
}
