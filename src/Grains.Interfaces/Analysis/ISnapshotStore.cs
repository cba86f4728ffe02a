using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>The snapshots of experiments, their views and their verification. Snapshots are immutable.</summary>
public interface ISnapshotStore
{
    /// <summary>The latest snapshot of an experiment; null when it has none, or when there is no such experiment.</summary>
    Task<SnapshotView?> LatestAsync(string experiment, CancellationToken cancellation);

    /// <summary>The snapshot of this id; null when there is none.</summary>
    Task<SnapshotView?> GetAsync(string snapshotId, CancellationToken cancellation);

    /// <summary>Snapshots of an experiment, the newest first, without their bodies.</summary>
    /// <param name="afterId">Id of the last snapshot of the page before (exclusive); null for the beginning.</param>
    Task<IReadOnlyList<SnapshotSummary>> ListAsync(string experiment, int limit, string? afterId, CancellationToken cancellation);

    /// <summary>Logs that somebody looked at a snapshot, which spends nothing but is part of the evidence.</summary>
    /// <param name="viewer">Name of the API key that read it.</param>
    /// <returns>How often snapshots of the same experiment have been viewed, this view included.</returns>
    Task<long> LogViewAsync(string snapshotId, string viewer, DateTimeOffset now, CancellationToken cancellation);

    /// <summary>Logged views of an experiment's snapshots, the oldest first, after a sequence number (exclusive; zero for the beginning).</summary>
    Task<IReadOnlyList<SnapshotViewing>> ViewsAsync(string experiment, int limit, long afterSequence, CancellationToken cancellation);

    /// <summary>Computes the snapshot again, from its stored sums and from raw rows. Refuses with <see cref="ErrorCode.SnapshotNotFound"/>.</summary>
    Task<Outcome<VerifyResult>> VerifyAsync(string snapshotId, CancellationToken cancellation);
}

/// <summary>One snapshot with its result.</summary>
/// <param name="Body">
/// JSON object as text: every field that <c>results</c> answers except <c>viewCount</c>, which grows after the snapshot was taken and is
/// added when it is read. Handed out as it is, so that its numbers keep their digits.
/// </param>
public sealed record SnapshotView(SnapshotSummary Summary, string Body);

/// <summary>A snapshot as lists show it.</summary>
/// <param name="InputHash">SHA-256, in hex, of the inputs it was computed from.</param>
/// <param name="LookNumber">1 for the first look; null for an advisory snapshot.</param>
/// <param name="DecisionStatus"><c>keep_running</c>, <c>ship</c>, <c>roll_back</c>, <c>drop</c> or <c>inconclusive</c>.</param>
public sealed record SnapshotSummary(
    string SnapshotId, string Experiment, DateTimeOffset TakenAt, string InputHash, int? LookNumber, string DecisionStatus);

/// <summary>One logged view.</summary>
/// <param name="Sequence">Grows with every view of the experiment; not necessarily without gaps.</param>
public sealed record SnapshotViewing(long Sequence, string SnapshotId, string Viewer, DateTimeOffset At);

/// <summary>What a second computation of a snapshot found.</summary>
/// <param name="Engine"><c>matches</c> or <c>differs</c>: the result from the snapshot's own sums.</param>
/// <param name="Data"><c>matches</c>, <c>differs</c> or <c>no_longer_retained</c>: the sums from raw rows.</param>
/// <param name="Metric">The first metric that differs; null when none does.</param>
public sealed record VerifyResult(string Engine, string Data, string? Metric);
