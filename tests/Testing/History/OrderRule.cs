namespace Splitstream.Testing.History;

/// <summary>What was answered before a request was sent is not contradicted by its answer.</summary>
/// <remarks>
/// The rows of a pair follow each other; each but the last was ended by a rebucket of its own. A request sent after an answer about row i
/// and after n further rebuckets, all sent after that answer and answered before the request, can therefore see no row before i + n.
/// </remarks>
internal static class OrderRule
{
    public static IEnumerable<Violation> Check(PairFacts pair, IReadOnlySet<string> reasonsBeforeRow)
    {
        var done = pair.Rebuckets.Where(rebucket => rebucket.Exchange.IsDone).OrderBy(rebucket => rebucket.End).ToList();
        foreach (var told in pair.Told.Where(told => !told.Answer.Stale))
        {
            var found = told.Row is { } row
                ? TooOld(pair, told, row, done) ?? TooNew(pair, told, row)
                : told.Answer.Variant is null && !reasonsBeforeRow.Contains(told.Answer.Reason) ? Denied(pair, told) : null;
            if (found is not null) yield return found;
        }
    }

    private static Violation? TooOld(PairFacts pair, Told told, int row, List<RebucketRecord> done)
    {
        List<HistoryRecord>? shortest = Rebuckets(TimeSpan.MinValue, row + 1);
        foreach (var (other, witness) in pair.Witnesses.OrderBy(witness => witness.Key))
        {
            if (witness.Record.End >= told.Record.Start) continue;
            if (Rebuckets(witness.Record.End, Math.Max(row + 1 - other, 0)) is not { } facts) continue;
            facts.Add(witness.Record);
            if (shortest is null || facts.Count < shortest.Count) shortest = facts;
        }

        return shortest is null
            ? null
            : Violation.Of(
                "A unit has one variant: no answer speaks of a row that had ended before it was asked.",
                [.. shortest, told.Record],
                pair.Rows[row]);

        // The first so many rebuckets of this stretch of time; null when there are fewer.
        List<HistoryRecord>? Rebuckets(TimeSpan after, int count)
        {
            List<HistoryRecord> found =
                [.. done.Where(rebucket => rebucket.Start > after && rebucket.End < told.Record.Start).Take(count)];
            return found.Count == count ? found : null;
        }
    }

    private static Violation? TooNew(PairFacts pair, Told told, int row)
    {
        var begun = pair.Rebuckets.Where(rebucket => MayHaveEndedARowBefore(rebucket, told.Record.End)).ToList();
        return begun.Count >= row
            ? null
            : Violation.Of(
                "A unit has one variant: no answer speaks of a new row before the rebucket that ended the old one.",
                [.. begun, told.Record],
                pair.Rows.Take(row + 1));
    }

    /// <summary>An answer that denies a row which was there all the time.</summary>
    private static Violation? Denied(PairFacts pair, Told told)
    {
        foreach (var (row, witness) in pair.Witnesses.OrderByDescending(witness => witness.Key))
        {
            var stayed = pair.Rows[row].EndedAt is null
                || pair.Rebuckets.Count(rebucket => MayHaveEndedARowBefore(rebucket, told.Record.End)) <= row;
            if (stayed && witness.Record.End < told.Record.Start)
                return Violation.Of("A unit that was told a variant keeps it.", [witness.Record, told.Record], pair.Rows[row]);
        }

        return null;
    }

    private static bool MayHaveEndedARowBefore(RebucketRecord rebucket, TimeSpan time) =>
        (rebucket.Exchange.IsDone || rebucket.Exchange.IsUnknown) && rebucket.Start < time;
}
