namespace Splitstream.Testing.History;

/// <summary>Answers are the rows of the tables, and rows begin and end only because somebody asked for it.</summary>
internal static class RowRule
{
    public static IEnumerable<Violation> Check(PairFacts pair)
    {
        foreach (var told in pair.Told)
        {
            if (told.Answer.Variant is null == (told.Answer.IsOfRow || told.Answer.Reason is "override" or "concluded"))
                yield return Violation.Of("A variant is told with the reasons that have one, and with no other.", [told.Record]);
            else if (told.Answer.IsOfRow && told.Row is null)
                yield return Violation.Of("A variant that was told is that of a row.", [told.Record], NearestRows(pair, told.Answer));
        }

        if (pair.Rows.Count > 0 && pair.FirstAsked is null)
            yield return Violation.Of("A unit that nobody asked for has no row.", [], pair.Rows[0]);

        foreach (var violation in CheckRebuckets(pair)) yield return violation;
    }

    private static IEnumerable<Violation> CheckRebuckets(PairFacts pair)
    {
        var done = pair.Rebuckets.Where(rebucket => rebucket.Exchange.IsDone).ToList();
        var possible = done.Count + pair.Rebuckets.Count(rebucket => rebucket.Exchange.IsUnknown);
        var ended = pair.Rows.Where(row => row.EndedAt is not null).ToList();
        if (ended.Count < done.Count)
            yield return Violation.Of("A rebucket that was answered ended a row.", done.Take(ended.Count + 1), RowsOrNone(pair, ended));
        if (ended.Count > possible)
        {
            yield return Violation.Of(
                "A row ends by a rebucket only.",
                pair.Rebuckets.Where(rebucket => rebucket.Exchange.IsDone || rebucket.Exchange.IsUnknown),
                ended.Take(possible + 1));
        }

        foreach (var rebucket in done.Where(rebucket => ended.Count > 0 && ended.All(row => row.Variant != rebucket.Previous)))
            yield return Violation.Of("A rebucket answers the variant of the row that it ended.", [rebucket], ended);
    }

    /// <summary>The row of the same time when there is one, else all rows of the pair.</summary>
    private static IEnumerable<object> NearestRows(PairFacts pair, AssignAnswer answer)
    {
        var same = pair.Rows.Where(row => row.AssignedAt == answer.AssignedAt).ToList();
        return RowsOrNone(pair, same.Count > 0 ? same : pair.Rows);
    }

    private static IEnumerable<object> RowsOrNone(PairFacts pair, List<AssignmentRow> rows) =>
        rows.Count > 0 ? rows : [$"row: {pair.Experiment} {pair.Unit} has none{(pair.Rows.Count > 0 ? " that ended" : "")}"];
}
