using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;

namespace Splitstream.Cli.Evaluation;

/// <summary>Beliefs about rates and effects.</summary>
internal static class PosteriorOps
{
    private const double ReportedLevel = 0.95;

    public static void BetaUpdate(EvalInput input, EvalResult result)
    {
        BetaPosterior? prior = Belief(input, "alpha", "beta");
        ConversionCounts? counts = TestOps.Conversions(input, "successes", "trials");
        if (prior is null || counts is null)
        {
            return;
        }

        BetaPosterior posterior = prior.Update(counts);
        result.Begin().Number("alpha", posterior.Alpha).Number("beta", posterior.Beta).Number("mean", posterior.Mean)
            .Number("variance", posterior.Variance).Number("mode", posterior.Mode).End();
    }

    public static void ProbabilityBetter(EvalInput input, EvalResult result)
    {
        BetaPosterior? a = Belief(input, "alphaA", "betaA");
        BetaPosterior? b = Belief(input, "alphaB", "betaB");
        if (a is not null && b is not null && input.Has(BetaComparison.ProbabilityBetter(a, b), out ProbabilityPair? pair))
        {
            result.Begin().Number("p_b_gt_a", pair.BGreater).Number("p_a_gt_b", pair.AGreater).End();
        }
    }

    public static void Loss(EvalInput input, EvalResult result)
    {
        BetaPosterior? a = Belief(input, "alphaA", "betaA");
        BetaPosterior? b = Belief(input, "alphaB", "betaB");
        if (a is not null && b is not null && input.Has(BetaComparison.ExpectedLoss(a, b), out ExpectedLoss? loss))
        {
            result.Begin().Number("loss_choose_b", loss.ChooseB).Number("loss_choose_a", loss.ChooseA).End();
        }
    }

    public static void Interval(EvalInput input, EvalResult result)
    {
        BetaPosterior? belief = Belief(input, "alpha", "beta");
        double level = input.Number("level", NumberRule.Probability);
        if (belief is not null && input.Sound)
        {
            CredibleInterval interval = belief.EqualTailedInterval(level);
            result.Whole([interval.Lower, interval.Upper]);
        }
    }

    public static void HighestDensity(EvalInput input, EvalResult result)
    {
        BetaPosterior? belief = Belief(input, "alpha", "beta");
        double level = input.Number("level", NumberRule.Probability);
        if (belief is not null && input.Sound && input.Has(belief.HighestDensityInterval(level), out CredibleInterval? interval))
        {
            result.Whole([interval.Lower, interval.Upper]);
        }
    }

    public static void NormalUpdate(EvalInput input, EvalResult result)
    {
        double priorMean = input.Number("prior_mean", NumberRule.Any);
        double priorVariance = input.Number("prior_variance", NumberRule.Positive);
        double estimate = input.Number("estimate", NumberRule.Any);
        double error = input.Number("se", NumberRule.Positive);
        if (!input.Sound || !input.Has(NormalPosterior.FromPrior(priorMean, priorVariance, estimate, error), out NormalPosterior? belief))
        {
            return;
        }

        CredibleInterval interval = belief.Interval(ReportedLevel);
        result.Begin().Number("mean", belief.Mean).Number("sd", belief.StandardDeviation).Number("p_gt_0", belief.ProbabilityAboveZero)
            .Numbers("ci95", interval.Lower, interval.Upper).Number("risk_ship", belief.RiskOfShipping).End();
    }

    private static BetaPosterior? Belief(EvalInput input, string alphaField, string betaField)
    {
        double alpha = input.Number(alphaField, NumberRule.Positive);
        double beta = input.Number(betaField, NumberRule.Positive);
        return input.Sound ? new BetaPosterior(alpha, beta) : null;
    }
}
