using System.Data;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Events;

/// <summary>Writes groups of requests, each group in one transaction, over a connection of its own. Not safe for concurrent use.</summary>
/// <remarks>
/// The order of locks is the same in every writer: the barrier, receipts, ids, assignment rows, each sorted by key. Any exception leaves the group
/// without effect, but for one thrown by the commit itself, after which nobody knows: <see cref="IsCommitInDoubt"/>.
/// </remarks>
internal sealed class IngestWriter(NpgsqlDataSource database, PartitionKeeper partitions, ExposureRouter router) : IAsyncDisposable
{
    private const int IdsPerBlock = 100;
    private const string Savepoint = "items";
    private readonly Queue<long> _freeIds = new();
    private NpgsqlConnection? _connection;

    /// <summary>What a commit in doubt would have counted; null when there is none.</summary>
    private BatchTally[]? _inDoubt;

    /// <summary>True when the last group failed while it was being committed.</summary>
    public bool IsCommitInDoubt { get; private set; }

    /// <summary>A number for the next group; the same for a repeat of it.</summary>
    public async Task<long> NextBatchIdAsync()
    {
        if (_freeIds.Count == 0)
        {
            await using var command = new NpgsqlCommand("SELECT nextval('batch_ids')", await ConnectAsync());
            var first = (long)(await command.ExecuteScalarAsync())!;
            for (var i = 0; i < IdsPerBlock; i++)
            {
                _freeIds.Enqueue(first + i);
            }
        }

        return _freeIds.Dequeue();
    }

    /// <summary>Writes and commits the group.</summary>
    /// <param name="careful">True finds single items that the database refuses and writes the others.</param>
    /// <param name="prepared">Gets the receipts before the commit is tried, and so keeps them when it ends in doubt.</param>
    /// <returns>False when an earlier try with the same number had been committed, which then stands; this one left nothing.</returns>
    public async Task<bool> WriteAsync(IReadOnlyList<PendingBatch> group, long batchId, bool careful, IngestReceipt[] prepared)
    {
        IsCommitInDoubt = false;
        var open = await ConnectAsync();
        foreach (var day in group.Select(pending => DateOnly.FromDateTime(pending.Batch.ReceivedAt.UtcDateTime)).Distinct())
        {
            await partitions.EnsureAsync(day, CancellationToken.None);
        }

        await using var transaction = await open.BeginTransactionAsync();
        // No exposure may commit behind a rebucket that did not see it.
        await AdvisoryLocks.PassAsync(open, AdvisoryLocks.Ingest, CancellationToken.None);
        var receipts = await StoredReceipts.ClaimAsync(open, group);
        var fresh = group.Where((_, i) => receipts.IsFresh(i)).ToList();
        await StoreAllAsync(open, fresh, batchId, careful);
        var tallies = new[] { new BatchTally(), new BatchTally() };
        for (var i = 0; i < group.Count; i++)
        {
            var tally = tallies[(int)group[i].Batch.Kind];
            if (receipts.IsFresh(i))
            {
                prepared[i] = group[i].ToReceipt();
                tally.Add(group[i]);
            }
            else
            {
                tally.AddRepeat(group[i]);
            }
        }

        receipts.FillRepeats(prepared);
        await receipts.KeepAsync(open, group, prepared);
        if (!await InsertBatchAsync(open, group, batchId, tallies))
        {
            await transaction.RollbackAsync();
            if (_inDoubt is { } committed)
            {
                IngestTelemetry.Record(committed);
                _inDoubt = null;
            }

            return false;
        }

        _inDoubt = tallies;
        IsCommitInDoubt = true;
        await transaction.CommitAsync();
        IsCommitInDoubt = false;
        _inDoubt = null;
        IngestTelemetry.Record(tallies);
        return true;
    }

    /// <summary>Leaves the connection, which after a fault is in an unknown state.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connection is { } open)
        {
            _connection = null;
            await open.DisposeAsync();
        }
    }

    /// <summary>The connection is kept between groups; one that broke meanwhile is replaced.</summary>
    private async Task<NpgsqlConnection> ConnectAsync()
    {
        if (_connection is { State: not ConnectionState.Open })
        {
            await DisposeAsync();
        }

        return _connection ??= await database.OpenConnectionAsync();
    }

    /// <summary>Decides every item. An item whose id another open item holds waits for the next round, when the other's fate is known.</summary>
    private async Task StoreAllAsync(NpgsqlConnection open, List<PendingBatch> fresh, long batchId, bool careful)
    {
        var waiting = new List<IngestItem>(fresh.Sum(pending => pending.Items.Length));
        foreach (var pending in fresh)
        {
            foreach (var item in pending.Items)
            {
                item.Reset();
                if (item.FindTextFault() is { } fault)
                {
                    await BuryAsync(open, item, batchId, fault);
                }
                else
                {
                    waiting.Add(item);
                }
            }
        }

        var ordinal = 0;
        while (waiting.Count > 0)
        {
            var first = new Dictionary<(IngestKind, string, string), IngestItem>();
            var now = new List<IngestItem>(waiting.Count);
            var later = new List<(IngestItem Item, IngestItem Holder)>();
            foreach (var item in waiting)
            {
                if (item.Id is null || first.TryAdd((item.Kind, item.Owner.Batch.Source, item.Id), item))
                {
                    now.Add(item);
                }
                else
                {
                    later.Add((item, first[(item.Kind, item.Owner.Batch.Source, item.Id)]));
                }
            }

            if (careful)
            {
                await StoreCarefullyAsync(open, now, batchId, ordinal);
            }
            else
            {
                await StoreAsync(open, now, batchId, ordinal);
            }

            ordinal += now.Count;
            waiting.Clear();
            foreach (var (item, holder) in later)
            {
                if (holder.Fate is ItemFate.Counted or ItemFate.Quarantined)
                {
                    item.Fate = item.ContentHash == holder.ContentHash ? ItemFate.Duplicate : ItemFate.IdReused;
                }
                else
                {
                    waiting.Add(item);
                }
            }
        }
    }

    /// <summary>Halves what the database refuses until single items remain, which go to the dead letters.</summary>
    private async Task StoreCarefullyAsync(NpgsqlConnection open, List<IngestItem> items, long batchId, int ordinal)
    {
        if (items.Count == 0)
        {
            return;
        }

        await ExecuteAsync(open, $"SAVEPOINT {Savepoint}");
        try
        {
            await StoreAsync(open, items, batchId, ordinal);
            await ExecuteAsync(open, $"RELEASE SAVEPOINT {Savepoint}");
            return;
        }
        catch (PostgresException exception) when (IngestFaults.IsData(exception))
        {
            await ExecuteAsync(open, $"ROLLBACK TO SAVEPOINT {Savepoint}; RELEASE SAVEPOINT {Savepoint}");
            items.ForEach(item => item.Reset());
            if (items.Count == 1)
            {
                await BuryAsync(open, items[0], batchId, $"{exception.SqlState}: {exception.MessageText}");
                return;
            }
        }

        var half = items.Count / 2;
        await StoreCarefullyAsync(open, items[..half], batchId, ordinal);
        await StoreCarefullyAsync(open, items[half..], batchId, ordinal + half);
    }

    private async Task StoreAsync(NpgsqlConnection open, List<IngestItem> items, long batchId, int ordinal)
    {
        await IngestIds.ClaimAsync(open, items, batchId);
        var exposures = items.Where(item => item is { Kind: IngestKind.Exposure, Fate: ItemFate.Open }).ToList();
        if (exposures.Count > 0)
        {
            await router.RouteAsync(open, exposures);
            await CopyExposuresAsync(open, exposures, batchId, ordinal);
        }

        var events = items.Where(item => item is { Kind: IngestKind.Event, Fate: ItemFate.Open }).ToList();
        if (events.Count > 0)
        {
            await CopyEventsAsync(open, events, batchId, ordinal + exposures.Count);
        }

        foreach (var item in events)
        {
            item.Fate = ItemFate.Counted;
        }

        foreach (var item in exposures)
        {
            item.Fate = item.Verdict.Reason is null ? ItemFate.Counted : ItemFate.Quarantined;
        }
    }

    private static async Task CopyExposuresAsync(NpgsqlConnection open, List<IngestItem> items, long batchId, int ordinal)
    {
        await using var rows = await open.BeginBinaryImportAsync(
            """
            COPY exposures (batch_id, ordinal, received_at, occurred_at, source, exposure_id, experiment_id, experiment, unit_id, variant,
                assigned_variant, epoch, late, quarantine_reason, attributes, sdk) FROM STDIN (FORMAT BINARY)
            """);
        foreach (var item in items)
        {
            var exposure = item.Exposure!;
            // Synchronous writes into the connection's buffer: awaiting each field costs twice the time.
            rows.StartRow();
            WriteCommon(rows, item, batchId, ordinal++);
            WriteOrNull(rows, item.Verdict.ExperimentId);
            rows.Write(exposure.Experiment, NpgsqlDbType.Text);
            rows.Write(exposure.UnitId, NpgsqlDbType.Text);
            rows.Write(exposure.Variant, NpgsqlDbType.Text);
            WriteOrNull(rows, item.Verdict.Row?.Variant, NpgsqlDbType.Text);
            if (item.Verdict.Row is { } row)
            {
                rows.Write(row.Epoch, NpgsqlDbType.Integer);
            }
            else
            {
                rows.WriteNull();
            }

            rows.Write(item.IsLate, NpgsqlDbType.Boolean);
            WriteOrNull(rows, item.Verdict.Reason, NpgsqlDbType.Text);
            WriteOrNull(rows, exposure.AttributesJson, NpgsqlDbType.Jsonb);
            WriteOrNull(rows, exposure.Sdk, NpgsqlDbType.Text);
        }

        await rows.CompleteAsync();
    }

    private static async Task CopyEventsAsync(NpgsqlConnection open, List<IngestItem> items, long batchId, int ordinal)
    {
        await using var rows = await open.BeginBinaryImportAsync(
            """
            COPY events (batch_id, ordinal, received_at, occurred_at, source, event_id, unit_id, name, late, properties)
            FROM STDIN (FORMAT BINARY)
            """);
        foreach (var item in items)
        {
            var happened = item.Event!;
            rows.StartRow();
            WriteCommon(rows, item, batchId, ordinal++);
            rows.Write(happened.UnitId, NpgsqlDbType.Text);
            rows.Write(happened.Name, NpgsqlDbType.Text);
            rows.Write(item.IsLate, NpgsqlDbType.Boolean);
            WriteOrNull(rows, happened.PropertiesJson, NpgsqlDbType.Jsonb);
        }

        await rows.CompleteAsync();
    }

    private static void WriteCommon(NpgsqlBinaryImporter rows, IngestItem item, long batchId, int ordinal)
    {
        rows.Write(batchId, NpgsqlDbType.Bigint);
        rows.Write(ordinal, NpgsqlDbType.Integer);
        rows.Write(item.Owner.Batch.ReceivedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        rows.Write(item.OccurredAt, NpgsqlDbType.TimestampTz);
        rows.Write(item.Owner.Batch.Source, NpgsqlDbType.Text);
        WriteOrNull(rows, item.Id, NpgsqlDbType.Text);
    }

    private static void WriteOrNull(NpgsqlBinaryImporter rows, string? text, NpgsqlDbType type)
    {
        if (text is null)
        {
            rows.WriteNull();
        }
        else
        {
            rows.Write(text, type);
        }
    }

    private static void WriteOrNull(NpgsqlBinaryImporter rows, long? number)
    {
        if (number is { } value)
        {
            rows.Write(value, NpgsqlDbType.Bigint);
        }
        else
        {
            rows.WriteNull();
        }
    }

    private static async Task BuryAsync(NpgsqlConnection open, IngestItem item, long batchId, string reason)
    {
        item.Fate = ItemFate.Dead;
        item.DeathReason = reason;
        await using var command = new NpgsqlCommand(
            "INSERT INTO dead_letters (batch_id, kind, received_at, reason, item) VALUES ($1, $2, $3, $4, $5)", open);
        command.Parameters.Add(new() { Value = batchId });
        command.Parameters.Add(new() { Value = (short)item.Kind });
        command.Parameters.Add(new() { Value = item.Owner.Batch.ReceivedAt.UtcDateTime });
        command.Parameters.Add(new() { Value = item.DeathReason });
        command.Parameters.Add(new()
        {
            Value = item.Kind == IngestKind.Exposure
                ? JsonSerializer.SerializeToUtf8Bytes(item.Exposure, ConfigurationJson.Options)
                : JsonSerializer.SerializeToUtf8Bytes(item.Event, ConfigurationJson.Options),
        });
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The row that makes the group known. Its key is what a repeat after a commit in doubt runs into.</summary>
    private static async Task<bool> InsertBatchAsync(
        NpgsqlConnection open, IReadOnlyList<PendingBatch> group, long batchId, BatchTally[] tallies)
    {
        await using var insert = new NpgsqlCommand(
            """
            INSERT INTO batches VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            ON CONFLICT DO NOTHING
            """,
            open);
        insert.Parameters.Add(new() { Value = batchId });
        insert.Parameters.Add(new() { Value = group.Min(pending => pending.Batch.ReceivedAt).UtcDateTime });
        insert.Parameters.Add(new() { Value = group.Max(pending => pending.Batch.ReceivedAt).UtcDateTime });
        foreach (var tally in tallies)
        {
            long[] counts = [tally.Received, tally.Counted, tally.Duplicate, tally.Quarantined, tally.Rejected, tally.Dead, tally.Late];
            foreach (var count in counts)
            {
                insert.Parameters.Add(new() { Value = count });
            }
        }

        if (await insert.ExecuteNonQueryAsync() == 0)
        {
            return false;
        }

        // An earlier try may have been committed and aggregated since. Asked second, because the insert waited for that try to end.
        await using var consumed = new NpgsqlCommand("SELECT EXISTS (SELECT FROM batch_log WHERE batch_id = $1)", open);
        consumed.Parameters.Add(new() { Value = batchId });
        return await consumed.ExecuteScalarAsync() is false;
    }

    private static async Task ExecuteAsync(NpgsqlConnection open, string sql)
    {
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }
}
