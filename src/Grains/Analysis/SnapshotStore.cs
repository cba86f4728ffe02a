using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Storage.Analysis;

namespace Splitstream.Grains.Analysis;

/// <summary>The port of snapshots over the database and the verifier.</summary>
public sealed class SnapshotStore(SnapshotRows rows, SnapshotVerifier verifier) : ISnapshotStore
{
    public async Task<SnapshotView?> LatestAsync(string experiment, CancellationToken cancellation) =>
        View(await rows.LatestAsync(experiment, cancellation));

    public async Task<SnapshotView?> GetAsync(string snapshotId, CancellationToken cancellation) =>
        View(await rows.FindAsync(snapshotId, cancellation));

    public Task<IReadOnlyList<SnapshotSummary>> ListAsync(string experiment, int limit, string? afterId, CancellationToken cancellation) =>
        rows.ListAsync(experiment, limit, afterId, cancellation);

    public Task<long> LogViewAsync(string snapshotId, string viewer, DateTimeOffset now, CancellationToken cancellation) =>
        rows.LogViewAsync(snapshotId, viewer, now, cancellation);

    public Task<IReadOnlyList<SnapshotViewing>> ViewsAsync(
        string experiment, int limit, long afterSequence, CancellationToken cancellation) =>
        rows.ViewsAsync(experiment, limit, afterSequence, cancellation);

    public Task<Outcome<VerifyResult>> VerifyAsync(string snapshotId, CancellationToken cancellation) =>
        verifier.VerifyAsync(snapshotId, cancellation);

    private static SnapshotView? View(SnapshotRow? row) => row is null
        ? null
        : new SnapshotView(
            new SnapshotSummary(row.SnapshotId, row.Experiment, row.TakenAt, row.InputHash, row.LookNumber, row.Decision), row.Body);
}
