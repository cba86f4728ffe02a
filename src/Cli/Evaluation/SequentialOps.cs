using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Cli.Evaluation;

/// <summary>Tests and intervals that may be looked at more than once.</summary>
internal static class SequentialOps
{
    private static readonly Dictionary<string, BoundaryKind> Kinds = new()
    {
        ["pocock"] = BoundaryKind.Pocock,
        ["obf"] = BoundaryKind.OBrienFleming,
        ["ld_obf"] = BoundaryKind.LanDeMetsOBrienFleming,
        ["ld_pocock"] = BoundaryKind.LanDeMetsPocock,
    };

    private static readonly Dictionary<SequentialDecision, string> Decisions = new()
    {
        [SequentialDecision.Continue] = "continue",
        [SequentialDecision.AcceptNull] = "accept_h0",
        [SequentialDecision.AcceptAlternative] = "accept_h1",
    };

    public static void ProbabilityRatio(EvalInput input, EvalResult result)
    {
        double[] x = input.Numbers("x", NumberRule.Bit);
        double p0 = input.Number("p0", NumberRule.Probability);
        double p1 = input.Number("p1", NumberRule.Probability.OtherThan(p0, "p0"));
        double alpha = input.Number("alpha", NumberRule.Probability);
        double beta = input.Number("beta", NumberRule.Probability);
        if (!input.Sound)
        {
            return;
        }

        ProbabilityRatioResult test = ProbabilityRatioTest.Run(Array.ConvertAll(x, bit => bit == 1), p0, p1, alpha, beta);
        result.Begin().Number("llr", test.LogLikelihoodRatio).Number("upper", test.Upper).Number("lower", test.Lower)
            .Text("decision", Decisions[test.Decision]).Number("index", (double?)test.Index).End();
    }

    public static void MixtureRatio(EvalInput input, EvalResult result)
    {
        double variance = input.Number("sigma2", NumberRule.Positive);
        double mixing = input.Number("tau2", NumberRule.Positive);
        double[] units = input.Rising("n", NumberRule.CountFrom(1));
        double[] differences = input.Numbers("diff", NumberRule.Any, 1, units.Length, "n");
        if (input.Sound
            && input.Has(
                MixtureSequentialTest.PValues(differences, Array.ConvertAll(units, n => (long)n), variance, mixing), out double[]? p))
        {
            result.Begin().Numbers("p", p).End();
        }
    }

    public static void AsymptoticSequence(EvalInput input, EvalResult result)
    {
        double variance = input.Number("s2", NumberRule.Positive);
        long units = input.Count("n", 1);
        long optimal = input.Count("n_opt", 1);
        double alpha = input.Number("alpha", NumberRule.Probability);
        double estimate = input.Number("estimate", NumberRule.Any);
        if (input.Sound
            && input.Has(
                AsymptoticConfidenceSequence.Compute(estimate, variance, units, optimal, alpha), out AsymptoticSequenceResult? sequence))
        {
            result.Begin().Number("rho", sequence.Rho).Number("half_width", sequence.HalfWidth).Number("e_value", sequence.EValue).End();
        }
    }

    public static void NormalMixture(EvalInput input, EvalResult result)
    {
        double time = input.Number("v", NumberRule.NotNegative);
        double optimal = input.Number("v_opt", NumberRule.Positive);
        double alpha = input.Number("alpha", NumberRule.Probability);
        double optimalAlpha = input.Number("alpha_opt", NumberRule.Probability);
        if (input.Sound)
        {
            result.Whole(NormalMixtureBound.Compute(time, optimal, alpha, optimalAlpha));
        }
    }

    public static void BetaMixtureEvidence(EvalInput input, EvalResult result)
    {
        ConversionCounts? counts = TestOps.Conversions(input, "successes", "trials", leastUnits: 1);
        double a = input.Number("a", NumberRule.Positive);
        double b = input.Number("b", NumberRule.Positive);
        double rate = input.Number("p0", NumberRule.Probability);
        double alpha = input.Number("alpha", NumberRule.Probability);
        if (counts is null || !input.Sound)
        {
            return;
        }

        var mixture = new BetaPosterior(a, b);
        if (input.Has(BetaMixture.Interval(counts, mixture, alpha), out ConfidenceSequence? sequence))
        {
            result.Begin().Number("log_e", BetaMixture.LogEValue(counts, mixture, rate))
                .Numbers("cs", sequence.Lower, sequence.Upper).End();
        }
    }

    public static void Capital(EvalInput input, EvalResult result)
    {
        double[] x = input.Numbers("x", NumberRule.Share);
        double mean = input.Number("m", NumberRule.Probability);
        double alpha = input.Number("alpha", NumberRule.Probability);
        if (input.Sound)
        {
            BettingCapital capital = BettingSequence.Capital(x, mean, alpha);
            result.Begin().Number("k_plus", capital.Plus).Number("k_minus", capital.Minus).Number("capital", capital.Hedged).End();
        }
    }

    public static void BettingInterval(EvalInput input, EvalResult result)
    {
        double[] x = input.Numbers("x", NumberRule.Share);
        double alpha = input.Number("alpha", NumberRule.Probability);
        if (input.Sound && input.Has(BettingSequence.Interval(x, alpha), out BettingSequenceResult? interval))
        {
            result.Begin().Numbers("final", interval.Final.Lower, interval.Final.Upper)
                .Numbers("running", interval.Running.Lower, interval.Running.Upper).End();
        }
    }

    public static void Boundaries(EvalInput input, EvalResult result)
    {
        BoundaryKind kind = input.Choice("kind", Kinds);
        double alpha = input.Number("alpha", NumberRule.Probability);
        double[] information = input.Rising("t", NumberRule.PositiveShare);
        if (input.Sound && information[^1] != 1)
        {
            input.RefuseField("t", "end with 1");
        }

        if (input.Sound && information.Length > GroupSequential.MaximumLooks)
        {
            input.RefuseResult($"more than {GroupSequential.MaximumLooks} looks are not resolved");
        }

        if (input.Sound && input.Has(GroupSequential.Boundaries(kind, alpha, information), out double[]? boundaries))
        {
            result.Begin().Numbers("z", boundaries).End();
        }
    }
}
