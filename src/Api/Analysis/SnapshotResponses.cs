using Splitstream.Grains.Interfaces.Analysis;

namespace Splitstream.Api.Analysis;

/// <summary>A snapshot that was taken.</summary>
/// <param name="LookNumber">Null for an advisory snapshot.</param>
public sealed record SnapshotTakenResponse(string Experiment, string SnapshotId, int? LookNumber);

/// <summary>To which experiment a snapshot belongs.</summary>
public sealed record SnapshotLocationResponse(string Experiment, string SnapshotId);

/// <summary>A snapshot as lists show it.</summary>
/// <param name="LookNumber">Null for an advisory snapshot.</param>
/// <param name="Decision"><c>keep_running</c>, <c>ship</c>, <c>roll_back</c>, <c>drop</c> or <c>inconclusive</c>.</param>
public sealed record SnapshotSummaryResponse(string SnapshotId, DateTime TakenAt, string InputHash, int? LookNumber, string Decision)
{
    internal static SnapshotSummaryResponse From(SnapshotSummary summary) => new(
        summary.SnapshotId, summary.TakenAt.UtcDateTime, summary.InputHash, summary.LookNumber, summary.DecisionStatus);
}

/// <summary>A page of snapshots, the newest first.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record SnapshotListResponse(IReadOnlyList<SnapshotSummaryResponse> Items, string? NextCursor);

/// <summary>One logged view of a snapshot.</summary>
/// <param name="Viewer">Name of the API key.</param>
public sealed record ViewResponse(string SnapshotId, string Viewer, DateTime At);

/// <summary>A page of views, the oldest first.</summary>
/// <param name="NextCursor">Null on the last page.</param>
public sealed record ViewListResponse(IReadOnlyList<ViewResponse> Items, string? NextCursor);

/// <summary>What a second computation of a snapshot found.</summary>
/// <param name="Engine"><c>matches</c> or <c>differs</c>: the result from the snapshot's own sums.</param>
/// <param name="Data"><c>matches</c>, <c>differs</c> or <c>no_longer_retained</c>: the sums from raw rows.</param>
/// <param name="Metric">The first metric that differs; null when none does.</param>
public sealed record VerifyResponse(string Engine, string Data, string? Metric);
