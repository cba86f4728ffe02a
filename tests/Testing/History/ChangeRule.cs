namespace Splitstream.Testing.History;

/// <summary>Nobody is assigned to an experiment after its stop was answered, nor under weights that an answered edit replaced.</summary>
internal static class ChangeRule
{
    public static IEnumerable<Violation> Check(Facts facts)
    {
        var pairs = facts.Pairs.ToLookup(pair => pair.Experiment);
        var changes = facts.Records.OfType<ChangeRecord>().ToLookup(change => change.Experiment);
        return changes.SelectMany(ofOne => ofOne.Where(change => change.Exchange.IsDone).SelectMany(change =>
            pairs[ofOne.Key].SelectMany(pair =>
                (change.Closes ? AfterClosing(pair, change, ofOne) : []).Concat(UnderOldEpoch(pair, change)))));
    }

    private static IEnumerable<Violation> AfterClosing(PairFacts pair, ChangeRecord closing, IEnumerable<ChangeRecord> changes)
    {
        var reopenings = changes.Where(change => change.Kind is ChangeKind.Start or ChangeKind.Resume
            && (change.Exchange.IsUnknown || (change.Exchange.IsDone && change.End > closing.Start))).ToList();
        foreach (var told in pair.Told.Where(told => told.Record.Start > closing.End && !told.Answer.Stale))
        {
            if (reopenings.Any(reopening => reopening.Start < told.Record.End)) continue;
            if (told.Answer.Reason == "assigned")
                yield return Violation.Of("Nobody is assigned after an answered stop, close, pause or archive.", [closing, told.Record]);
            else if (told.Answer.IsOfRow && closing.Kind is (ChangeKind.Pause or ChangeKind.Archive))
                yield return Violation.Of("A paused or archived experiment answers no variant.", [closing, told.Record]);
        }

        if (reopenings.Count == 0 && pair.Rows.Count > 0 && pair.FirstAsked is { } first && first.Start > closing.End)
        {
            yield return Violation.Of(
                "Nobody is assigned after an answered stop, close, pause or archive.", [closing, first], pair.Rows[0]);
        }
    }

    private static IEnumerable<Violation> UnderOldEpoch(PairFacts pair, ChangeRecord change)
    {
        if (change.Epoch is not { } epoch) yield break;
        foreach (var told in pair.Told)
        {
            if (told.Row is not { } index) continue;
            var row = pair.Rows[index];
            if (told.Answer.Reason == "assigned" && told.Record.Start > change.End && row.Epoch < epoch)
                yield return Violation.Of("Nobody is assigned under an epoch that an answered edit closed.", [change, told.Record], row);
            if (told.Record.End < change.Start && row.Epoch >= epoch)
                yield return Violation.Of("Nobody is assigned under an epoch before it is opened.", [told.Record, change], row);
        }

        if (pair.Rows.Count > 0 && pair.Rows[0].Epoch < epoch && pair.FirstAsked is { } first && first.Start > change.End)
            yield return Violation.Of("Nobody is assigned under an epoch that an answered edit closed.", [change, first], pair.Rows[0]);
    }
}
