using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Npgsql;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Assignments;

/// <summary>
/// Group commit for claims: whatever waits when a connection is free becomes one transaction. There is no timer; a lone claim is written
/// at once, and under load the batch grows by what arrives during the previous commit.
/// </summary>
/// <remarks>
/// A batch is idempotent, because rows are written once and what is already there is read back. So a deadlock or a connection lost at
/// COMMIT repeats the whole batch.
/// </remarks>
public sealed class ClaimWriter : IClaimWriter, IAsyncDisposable
{
    /// <summary>Claims in one transaction; above a few hundred the gain per claim is small and the wait grows.</summary>
    private const int BatchMax = 1_024;

    /// <summary>Waiting claims beyond which new ones are refused instead of queued without bound.</summary>
    private const int WaitingMax = 100_000;

    private const int Connections = 2;
    private const int Attempts = 3;

    private static readonly Counter<long> Committed = Telemetry.Meter.CreateCounter<long>(
        "splitstream.claims.committed", null, "Assignment rows that this process wrote.");
    private static readonly Histogram<double> BatchSize = Telemetry.Meter.CreateHistogram(
        "splitstream.claims.batch_size", null, "Claims in one transaction.", null, new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, BatchMax],
        });

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.Wait });

    private readonly NpgsqlDataSource _database;
    private readonly Task[] _writers;

    public ClaimWriter(NpgsqlDataSource database)
    {
        _database = database;
        _writers = [.. Enumerable.Range(0, Connections).Select(_ => Task.Run(WriteAsync))];
    }

    public Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal)
    {
        var waiting = new Waiting(proposal);
        return _waiting.Writer.TryWrite(waiting)
            ? waiting.Answer.Task
            : throw new StorageUnavailableException("Too many claims are waiting for the database.");
    }

    /// <summary>Writes what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.WhenAll(_writers);
    }

    private async Task WriteAsync()
    {
        var batch = new List<Waiting>(BatchMax);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < BatchMax && _waiting.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }

            if (batch.Count > 0)
            {
                await WriteAsync(batch);
                batch.Clear();
            }
        }
    }

    private async Task WriteAsync(List<Waiting> batch)
    {
        try
        {
            var answers = await CommitAsync([.. batch.Select(waiting => waiting.Proposal)]);
            Committed.Add(answers.Count(answer => answer.IsNew));
            BatchSize.Record(batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Answer.SetResult(answers[i]);
            }
        }
        catch (Exception exception)
        {
            var reason = SplitstreamDatabase.IsUnavailable(exception)
                ? new StorageUnavailableException("The database did not commit the claims.", exception)
                : exception;
            batch.ForEach(waiting => waiting.Answer.SetException(reason));
        }
    }

    private async Task<ClaimAnswer[]> CommitAsync(ClaimProposal[] proposals)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await _database.OpenConnectionAsync();
                return await ClaimTransaction.RunAsync(connection, proposals);
            }
            catch (Exception exception) when (attempt < Attempts && SplitstreamDatabase.IsUnavailable(exception))
            {
                // The batch is repeated whole: committed rows are found again, lost ones are written.
            }
        }
    }

    private sealed record Waiting(ClaimProposal Proposal)
    {
        public TaskCompletionSource<ClaimAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
