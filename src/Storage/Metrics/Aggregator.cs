using System.Diagnostics.Metrics;
using Npgsql;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Storage.Metrics;

/// <summary>
/// Keeps the sums equal to what the raw rows say, batch by batch. Safe in several processes: a lock gives them turns, and batches are
/// deleted in the transaction that adds them.
/// </summary>
/// <remarks>
/// Each aggregation consumes every batch that its snapshot sees. Commits become visible out of order, but a batch and its rows become
/// visible together, so that after aggregation n the sums are those of the raw rows of all batches consumed up to n, and of no others.
/// </remarks>
public sealed class Aggregator : IAsyncDisposable
{
    private const int Attempts = 5;

    /// <summary>More than a statement needs for the largest backlog: one that is given up begins again on a larger one.</summary>
    private const int StatementSeconds = 600;

    private const string SerializationFailure = "40001";
    private const string DeadlockDetected = "40P01";

    private static readonly Counter<long> Batches = Telemetry.Meter.CreateCounter<long>(
        "splitstream.aggregation.batches", null, "Batches whose items this process added to the sums.");
    private static readonly Histogram<double> Duration = Telemetry.Meter.CreateHistogram<double>(
        "splitstream.aggregation.duration_seconds", "s", "Time of one aggregation that had something to do.");

    private readonly SemaphoreSlim _turn = new(1);
    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _clock;
    private NpgsqlConnection? _connection;

    /// <summary>When the last aggregation that succeeded began, what was committed before it being in the sums; 0 before the first.</summary>
    private long _asOf;

    public Aggregator(NpgsqlDataSource database, TimeProvider clock)
    {
        (_database, _clock) = (database, clock);
        Telemetry.Meter.CreateObservableGauge(
            "splitstream.aggregation.age_seconds",
            Age,
            "s",
            "Time since this process began the last aggregation that succeeded: the sums hold at least what was committed before it.");
    }

    /// <summary>Aggregates everything committed before the call.</summary>
    /// <returns>The number of the last aggregation; 0 when there was none yet.</returns>
    /// <exception cref="StorageUnavailableException">The database cannot be reached.</exception>
    public async Task<long> AggregateAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    var begun = _clock.GetTimestamp();
                    var number = await TryAggregateAsync(begun, cancellation);
                    Volatile.Write(ref _asOf, begun);
                    return number;
                }
                catch (PostgresException exception) when (
                    attempt < Attempts && exception.SqlState is SerializationFailure or DeadlockDetected)
                {
                    await DropConnectionAsync();
                }
                catch (NpgsqlException) when (attempt < 2)
                {
                    // The connection may have died while nothing happened.
                    await DropConnectionAsync();
                }
                catch (NpgsqlException exception)
                {
                    throw new StorageUnavailableException("The database did not take the aggregation.", exception);
                }
            }
        }
        catch
        {
            await DropConnectionAsync();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Aggregates again and again until cancelled; faults are reported and do not end it.</summary>
    /// <param name="pause">Time between the end of one aggregation and the begin of the next.</param>
    public async Task RunAsync(TimeSpan pause, Action<Exception> report, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(pause, _clock);
        do
        {
            try
            {
                await AggregateAsync(cancellation);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                report(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    /// <summary>Nothing before the first success: a server that starts again and again must not look as if it aggregated.</summary>
    private IEnumerable<Measurement<double>> Age() =>
        Volatile.Read(ref _asOf) is > 0 and var asOf ? [new(_clock.GetElapsedTime(asOf).TotalSeconds)] : [];

    public async ValueTask DisposeAsync()
    {
        await DropConnectionAsync();
        _turn.Dispose();
    }

    private async Task<long> TryAggregateAsync(long begun, CancellationToken cancellation)
    {
        var open = await ConnectAsync(cancellation);
        await using var transaction = await open.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
        await ExecuteAsync(open, AggregationSql.TakeTurn, cancellation);
        var last = await ReadLastAsync(open, cancellation);
        var number = last + 1;
        var isBehind = await ConfigurationSync.IsBehindAsync(open, cancellation);
        if (!isBehind && !await HasWorkAsync(open, cancellation))
        {
            return last;
        }

        if (isBehind)
        {
            await ConfigurationSync.FollowAsync(open, number, cancellation);
        }

        var batches = await ExecuteAsync(open, AggregationSql.ConsumeBatches, number, cancellation);
        await ExecuteAsync(open, AttachSql.All, cancellation);
        await ExecuteAsync(open, AggregationSql.Analyze, cancellation);
        await ExecuteAsync(open, AggregationSql.ConsumeRequests, number, cancellation);
        if (batches > 0)
        {
            await ExecuteAsync(open, AggregationSql.TouchByBatches, cancellation);
            if ((await UnitValues.ReadNeedsAsync(open, cancellation)).LooksBack)
            {
                await ExecuteAsync(open, AggregationSql.TouchByHistory, cancellation);
            }
        }

        var pairs = await ExecuteAsync(open, AggregationSql.TidyTouched, cancellation);
        if (pairs > 0)
        {
            await UpdateSumsAsync(open, number, cancellation);
        }

        await using var record = new NpgsqlCommand("INSERT INTO aggregations (aggregation, at, batches, pairs) VALUES ($1, $2, $3, $4)", open);
        record.Parameters.Add(new() { Value = number });
        record.Parameters.Add(new() { Value = _clock.GetUtcNow().UtcDateTime });
        record.Parameters.Add(new() { Value = batches });
        record.Parameters.Add(new() { Value = pairs });
        await record.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        Batches.Add(batches);
        Duration.Record(_clock.GetElapsedTime(begun).TotalSeconds);
        return number;
    }

    private static async Task UpdateSumsAsync(NpgsqlConnection open, long number, CancellationToken cancellation)
    {
        await UnitValues.ComputeAsync(open, number, asOf: false, cancellation);
        await using (var keeps = new NpgsqlCommand(AggregationSql.KeepsProducts, open))
        {
            if (await keeps.ExecuteScalarAsync(cancellation) is true)
            {
                await ExecuteAsync(open, ProductSql.ApplyDifferences, cancellation);
            }
        }

        foreach (var statement in AggregationSql.ApplyDifferences.Concat(AggregationSql.ReplaceState))
        {
            await ExecuteAsync(open, statement, cancellation);
        }
    }

    private static async Task<long> ReadLastAsync(NpgsqlConnection open, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT coalesce(max(aggregation), 0) FROM aggregations", open);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task<bool> HasWorkAsync(NpgsqlConnection open, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM batches) OR EXISTS (SELECT FROM recompute_requests)", open);
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        if (_connection is { } known)
        {
            return known;
        }

        // A connection of its own, because the session tables live as long as it does.
        var open = await _database.OpenConnectionAsync(cancellation);
        try
        {
            await ExecuteAsync(open, UnitValueSql.CreateTables, cancellation);
        }
        catch
        {
            await open.DisposeAsync();
            throw;
        }

        return _connection = open;
    }

    private async Task DropConnectionAsync()
    {
        if (_connection is { } open)
        {
            _connection = null;
            await open.DisposeAsync();
        }
    }

    private static Task<int> ExecuteAsync(NpgsqlConnection open, string sql, CancellationToken cancellation) =>
        ExecuteAsync(open, sql, null, cancellation);

    private static async Task<int> ExecuteAsync(NpgsqlConnection open, string sql, long? number, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = StatementSeconds };
        if (number is { } value)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
