namespace Splitstream.Stats.Decisions;

/// <summary>
/// The step from what is known of each treatment to a decision. The analysis of an experiment and the simulation of its certificate both
/// take it from here.
/// </summary>
/// <param name="Kind">What the look comes to.</param>
/// <param name="Treatment">Index of the treatment that is shipped, blocked or dropped; -1 for the other kinds.</param>
public readonly record struct Verdict(VerdictKind Kind, int Treatment)
{
    /// <summary>
    /// Ships the winner of the highest estimate, else rolls back when all lose, else drops the loser of the lowest estimate. Of equal
    /// estimates the first counts.
    /// </summary>
    /// <param name="treatments">Every treatment of the family, also those that nothing is known of; empty decides nothing.</param>
    public static Verdict Of(ReadOnlySpan<TreatmentStanding> treatments)
    {
        int best = -1, worst = -1, losers = 0;
        for (var i = 0; i < treatments.Length; i++)
        {
            ref readonly var treatment = ref treatments[i];
            if (treatment.Wins && (best < 0 || treatment.Estimate > treatments[best].Estimate))
            {
                best = i;
            }

            if (treatment.Loses)
            {
                losers++;
                worst = worst < 0 || treatment.Estimate < treatments[worst].Estimate ? i : worst;
            }
        }

        if (best >= 0)
        {
            return new Verdict(treatments[best].MayShip ? VerdictKind.Ship : VerdictKind.Blocked, best);
        }

        if (losers > 0 && losers == treatments.Length)
        {
            return new Verdict(VerdictKind.RollBack, -1);
        }

        return losers > 0 ? new Verdict(VerdictKind.Drop, worst) : new Verdict(VerdictKind.Undecided, -1);
    }
}
