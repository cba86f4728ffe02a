using System.Globalization;

namespace Splitstream.Testing.History;

/// <summary>A row of assignments, or of its history when it has ended.</summary>
public sealed record AssignmentRow(
    string Experiment, string Unit, string Variant, int Epoch, DateTimeOffset AssignedAt, DateTimeOffset? EndedAt = null)
{
    public override string ToString() =>
        $"row: {Experiment} {Unit} = {Variant}, epoch {Epoch}, assigned {AssignedAt.UtcDateTime:O}"
        + (EndedAt is { } ended ? $", ended {ended.UtcDateTime:O}" : "");
}

/// <summary>A row of mutex_claims, or of their history when it was released.</summary>
public sealed record ClaimRow(string Group, string Unit, string Experiment, DateTimeOffset ClaimedAt, DateTimeOffset? ReleasedAt = null)
{
    public override string ToString() =>
        $"claim: {Group} {Unit} by {Experiment} from {ClaimedAt.UtcDateTime:O}"
        + (ReleasedAt is { } released ? $" until {released.UtcDateTime:O}" : "");
}

/// <summary>A stored exposure.</summary>
public sealed record ExposureRow(string Id, string Experiment, string Unit, string Variant, bool Superseded, string? QuarantineReason)
{
    public override string ToString() =>
        $"exposure: {Id} of {Experiment} {Unit} = {Variant}{(Superseded ? ", superseded" : "")}"
        + (QuarantineReason is { } reason ? $", quarantined ({reason})" : "");
}

/// <summary>The ledger of one kind.</summary>
/// <param name="Stored">Rows that the kind's table holds.</param>
public sealed record LedgerRow(
    ItemKind Kind, long Received, long Counted, long Duplicate, long Quarantined, long Rejected, long Dead, long Stored)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"ledger: {Kind.ToString().ToLowerInvariant()}s received {Received}, counted {Counted}, duplicate {Duplicate}, "
        + $"quarantined {Quarantined}, rejected {Rejected}, dead {Dead}; stored {Stored}");
}

/// <summary>What the tables hold when all clients are done.</summary>
/// <param name="Assignments">Of each pair the ended rows in the order of their ends, then the live one.</param>
/// <param name="Events">The id of every stored event, as often as it is stored.</param>
/// <param name="Groups">The mutex group of each experiment that has one.</param>
public sealed record TableState(
    IReadOnlyList<AssignmentRow> Assignments,
    IReadOnlyList<ClaimRow> Claims,
    IReadOnlyList<ExposureRow> Exposures,
    IReadOnlyList<string> Events,
    IReadOnlyList<LedgerRow> Ledger,
    IReadOnlyDictionary<string, string> Groups);
