using Splitstream.Stats;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Decisions;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Properties;

/// <summary>The decision of a posterior threshold by the exact posterior and <see cref="Verdict"/>; asked only where it can act.</summary>
/// <param name="threshold">Of P(better) and P(worse), in (0.5, 1).</param>
/// <param name="control">Index of the control among the variants.</param>
public sealed class PosteriorRule(double threshold, int control = 0)
{
    /// <summary>With more conversions and failures than this a plain deviate is never off by as much as <see cref="Slack"/>.</summary>
    private const long Few = 60;

    private const double Slack = 0.4;

    private readonly double _screen = NormalDistribution.Quantile(1 - threshold, Tail.Upper) - Slack;

    /// <summary>Whether these counts ship or roll back.</summary>
    /// <param name="conversions">Per variant.</param>
    /// <param name="failures">Per variant.</param>
    public bool Ends(ReadOnlySpan<long> conversions, ReadOnlySpan<long> failures)
    {
        Span<TreatmentStanding> standings = stackalloc TreatmentStanding[conversions.Length - 1];
        standings.Clear();
        var any = false;
        for (int v = 0, treatment = 0; v < conversions.Length; v++)
        {
            if (v == control)
                continue;
            if (IsNear(conversions[control], failures[control], conversions[v], failures[v]))
            {
                any = true;
                standings[treatment] = Standing(Posterior(conversions[control], failures[control]), Posterior(conversions[v], failures[v]));
            }

            treatment++;
        }

        return any && IsEnd(standings);
    }

    /// <summary>Whether beliefs about control and one treatment ship or roll back.</summary>
    public bool Ends(BetaPosterior a, BetaPosterior b) => IsEnd([Standing(a, b)]);

    /// <summary>False where the exact posterior certainly does not reach the threshold.</summary>
    /// <param name="deviate">Effect over its standard error.</param>
    /// <param name="fewest">The smallest number of conversions or failures.</param>
    public bool IsNear(double deviate, long fewest) => fewest <= Few || Math.Abs(deviate) > _screen;

    private bool IsNear(long conversionsA, long failuresA, long conversionsB, long failuresB)
    {
        double a = conversionsA + failuresA, b = conversionsB + failuresB, rateA = conversionsA / a, rateB = conversionsB / b;
        return IsNear(
            (rateB - rateA) / Math.Sqrt((rateA * (1 - rateA) / a) + (rateB * (1 - rateB) / b)),
            Math.Min(Math.Min(conversionsA, failuresA), Math.Min(conversionsB, failuresB)));
    }

    private TreatmentStanding Standing(BetaPosterior a, BetaPosterior b)
    {
        var better = BetaComparison.ProbabilityBetter(a, b);
        return new TreatmentStanding(better.BGreater > threshold, better.AGreater > threshold, b.Mean - a.Mean, true);
    }

    private static bool IsEnd(ReadOnlySpan<TreatmentStanding> standings) =>
        Verdict.Of(standings).Kind is VerdictKind.Ship or VerdictKind.RollBack;

    private static BetaPosterior Posterior(long conversions, long failures) =>
        BetaPosterior.Uniform.Update(new ConversionCounts(conversions + failures, conversions));
}
