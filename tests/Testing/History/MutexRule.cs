namespace Splitstream.Testing.History;

/// <summary>A unit's claims in a mutex group never overlap in time: not in the tables, and not in what anybody was told.</summary>
internal static class MutexRule
{
    public static IEnumerable<Violation> Check(Facts facts)
    {
        var claims = facts.Tables.Claims.ToLookup(claim => (claim.Group, claim.Unit));
        var pairs = facts.Pairs.Where(pair => facts.Tables.Groups.ContainsKey(pair.Experiment))
            .ToLookup(pair => (Group: facts.Tables.Groups[pair.Experiment], pair.Unit));
        foreach (var key in claims.Select(ofOne => ofOne.Key).Union(pairs.Select(ofOne => ofOne.Key)))
        {
            // By the one clock of the database; the live claim, of which there is at most one, is the last.
            var own = claims[key].OrderBy(claim => claim.ClaimedAt).ThenBy(claim => claim.ReleasedAt ?? DateTimeOffset.MaxValue).ToList();
            foreach (var violation in Overlaps(own).Concat(WithoutClaim([.. pairs[key]], own)).Concat(ToldTwo([.. pairs[key]], own)))
                yield return violation;
        }
    }

    private static IEnumerable<Violation> Overlaps(List<ClaimRow> claims) =>
        claims.Zip(claims.Skip(1)).Where(two => two.First.ReleasedAt is not { } released || released > two.Second.ClaimedAt)
            .Select(two => Violation.Of("Claims of a unit in a group never overlap in time.", [], two.First, two.Second));

    private static IEnumerable<Violation> WithoutClaim(List<PairFacts> pairs, List<ClaimRow> claims)
    {
        foreach (var pair in pairs)
        {
            if (pair.Rows.Count > 0 && claims.All(claim => claim.Experiment != pair.Experiment))
            {
                yield return Violation.Of(
                    "A row of an experiment in a group has its claim.", [], [pair.Rows[0], .. ClaimsOrNone(pair, claims)]);
            }


            if (claims.Any(claim => claim.Experiment != pair.Experiment)) continue;
            foreach (var told in pair.Told.Where(told => told.Answer.Reason == "mutex_holdout"))
            {
                yield return Violation.Of(
                    "A unit is held out by another experiment's claim only.", [told.Record], ClaimsOrNone(pair, claims));
            }
        }
    }

    private static IEnumerable<Violation> ToldTwo(List<PairFacts> pairs, List<ClaimRow> claims)
    {
        foreach (var pair in pairs)
        {
            var rank = claims.FindIndex(claim => claim.Experiment == pair.Experiment);
            foreach (var other in pairs.Where(other => other != pair))
            {
                if (First(other) is not { } witness) continue;
                var otherRank = claims.FindIndex(claim => claim.Experiment == other.Experiment);
                if (rank >= 0 && otherRank >= 0)
                {
                    // One after the other: nobody hears of the released claim once somebody heard of the next.
                    foreach (var told in rank < otherRank ? OfRows(pair).Where(told => !told.Answer.Stale) : [])
                    {
                        if (told.Record.Start > witness.Record.End)
                        {
                            yield return Violation.Of(
                                "No answer speaks of a claim after the next one was told.", [witness.Record, told.Record], claims[rank]);
                        }
                    }
                }
                else if (string.CompareOrdinal(pair.Experiment, other.Experiment) < 0 && First(pair) is { } own)
                {
                    yield return Violation.Of(
                        "No unit is told two experiments of one group.",
                        new HistoryRecord[] { own.Record, witness.Record }.Distinct(),
                        ClaimsOrNone(pair, claims));
                }
            }
        }
    }

    private static IEnumerable<Told> OfRows(PairFacts pair) => pair.Told.Where(told => told.Answer.IsOfRow);

    private static Told? First(PairFacts pair) => OfRows(pair).MinBy(told => told.Record.End);

    private static IEnumerable<object> ClaimsOrNone(PairFacts pair, List<ClaimRow> claims) =>
        claims.Count > 0 ? claims : [$"claim: {pair.Unit} has none"];
}
