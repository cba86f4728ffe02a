using System.Globalization;

namespace Splitstream.Testing.History;

/// <summary>When a request was sent to whom, and what came back.</summary>
/// <param name="Start">Before the first byte was sent, by the monotonic clock of the history.</param>
/// <param name="End">After the last byte of the answer arrived, or when the client gave up.</param>
/// <param name="Node">The server asked.</param>
/// <param name="Status">HTTP status; null when the connection broke or nothing came in time.</param>
/// <param name="HasRetryAfter">Whether the answer said when to come again.</param>
public sealed record Exchange(TimeSpan Start, TimeSpan End, string Client, string Node, int? Status, bool HasRetryAfter = false)
{
    public bool IsDone => Status is >= 200 and < 300;

    /// <summary>True when the request may have done its work, or may still do it after <see cref="End"/>, though nobody said so.</summary>
    public bool IsUnknown => Status is null or >= 500;
}

/// <summary>One request of one client with its answer. A repeat is a record of its own.</summary>
public abstract record HistoryRecord(Exchange Exchange)
{
    public TimeSpan Start => Exchange.Start;

    public TimeSpan End => Exchange.End;

    /// <summary>What was asked for, and what the body of a good answer said.</summary>
    protected abstract (string Request, string Answer) Describe();

    /// <summary>One line, times in milliseconds since the history began.</summary>
    public sealed override string ToString()
    {
        var (request, answer) = Describe();
        var reply = Exchange.IsDone ? answer : Exchange.Status is { } status ? $"HTTP {status}" : "no answer";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Start.TotalMilliseconds,10:F3} .. {End.TotalMilliseconds,10:F3} ms  {Exchange.Client} -> {Exchange.Node}  "
            + $"{request}: {reply}");
    }
}

/// <summary>One experiment's part of an answer to assign.</summary>
/// <param name="AssignedAt">Names the row that the answer speaks of, because no two rows of a pair share it; null without a row.</param>
/// <param name="Stale">The server said that it could not check whether this still holds.</param>
public sealed record AssignAnswer(string Experiment, string? Variant, string Reason, DateTimeOffset? AssignedAt, bool Stale = false)
{
    /// <summary>Whether the answer claims that the unit has a row.</summary>
    public bool IsOfRow => Reason is "assigned" or "sticky";

    public override string ToString() =>
        $"{Experiment}={Variant ?? "null"} ({Reason}{(AssignedAt is { } at ? $" {at.UtcDateTime:O}" : "")}{(Stale ? ", stale" : "")})";
}

/// <summary>A request for variants.</summary>
/// <param name="Asked">Experiments asked for; none means all running ones.</param>
/// <param name="Answers">Empty unless the exchange is done.</param>
public sealed record AssignRecord(Exchange Exchange, string Unit, IReadOnlyList<string> Asked, IReadOnlyList<AssignAnswer> Answers)
    : HistoryRecord(Exchange)
{
    protected override (string, string) Describe() => ($"assign {Unit} [{string.Join(", ", Asked)}]", string.Join(", ", Answers));
}

/// <summary>A request to end the row of a unit.</summary>
/// <param name="Previous">The variant of the row that ended; null unless the exchange is done.</param>
public sealed record RebucketRecord(Exchange Exchange, string Unit, string Experiment, string? Previous) : HistoryRecord(Exchange)
{
    protected override (string, string) Describe() => ($"rebucket {Unit} in {Experiment}", $"was {Previous}");
}

/// <summary>What a change does to an experiment.</summary>
public enum ChangeKind
{
    Start,
    Resume,
    Edit,
    Pause,
    Close,
    Stop,
    Archive,
}

/// <summary>A change of an experiment.</summary>
/// <param name="Epoch">The epoch that is open after the change, as the answer said; null when it said nothing or none is open.</param>
public sealed record ChangeRecord(Exchange Exchange, string Experiment, ChangeKind Kind, int? Epoch = null) : HistoryRecord(Exchange)
{
    /// <summary>Whether no unit is assigned after it.</summary>
    public bool Closes => Kind is ChangeKind.Pause or ChangeKind.Close or ChangeKind.Stop or ChangeKind.Archive;

    protected override (string, string) Describe() =>
        ($"{Kind.ToString().ToLowerInvariant()} {Experiment}", Epoch is { } epoch ? $"done, epoch {epoch}" : "done");
}

/// <summary>What is ingested.</summary>
public enum ItemKind
{
    Exposure,
    Event,
}

/// <summary>A batch of events or exposures.</summary>
/// <param name="Ids">The ids the client gave.</param>
/// <param name="Rejected">Ids that a good answer refused.</param>
public sealed record IngestRecord(Exchange Exchange, ItemKind Kind, IReadOnlyList<string> Ids, IReadOnlyList<string> Rejected)
    : HistoryRecord(Exchange)
{
    protected override (string, string) Describe() => (
        $"send {Kind.ToString().ToLowerInvariant()}s [{string.Join(", ", Ids)}]",
        Rejected.Count == 0 ? "acknowledged" : $"acknowledged without [{string.Join(", ", Rejected)}]");
}
