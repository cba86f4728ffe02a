namespace Splitstream.Testing.History;

/// <summary>
/// Proves from what clients were told and what the tables hold that the promises were kept, or shows how they were not. Pure: the same
/// history gives the same answer.
/// </summary>
/// <remarks>
/// Real time orders two requests only when one was answered before the other was sent; what overlaps may have happened either way.
/// Clocks of servers are never compared with those of clients. Experiments that take variants from exposures are not covered.
/// </remarks>
public static class HistoryChecker
{
    /// <summary>Reasons that a server tries before it looks for a row, so that they contradict none.</summary>
    public static readonly IReadOnlySet<string> ReasonsBeforeRow =
        new HashSet<string> { "experiment_not_found", "not_running", "override", "unavailable" };

    /// <param name="reasonsBeforeRow">Null for <see cref="ReasonsBeforeRow"/>.</param>
    /// <returns>Every violation, the one with the shortest counter-example first; empty when all promises were kept.</returns>
    public static IReadOnlyList<Violation> Check(
        IEnumerable<HistoryRecord> records, TableState tables, IReadOnlySet<string>? reasonsBeforeRow = null)
    {
        var facts = new Facts(records, tables);
        var before = reasonsBeforeRow ?? ReasonsBeforeRow;
        return
        [
            .. ReplyRule.Check(facts)
                .Concat(facts.Pairs.SelectMany(pair => RowRule.Check(pair).Concat(OrderRule.Check(pair, before))))
                .Concat(ChangeRule.Check(facts))
                .Concat(MutexRule.Check(facts))
                .Concat(ExposureRule.Check(facts))
                .Concat(IngestRule.Check(facts))
                .OrderBy(violation => violation.Length)
                .ThenBy(violation => violation.Records.Select(record => record.End).DefaultIfEmpty(TimeSpan.MaxValue).Max())
                .ThenBy(violation => violation.ToString(), StringComparer.Ordinal),
        ];
    }
}
