using Splitstream.Stats;
using Splitstream.Stats.Distributions;

namespace Splitstream.Cli.Evaluation;

/// <summary>Tails and quantiles; every result is a bare number.</summary>
internal static class DistributionOps
{
    private static readonly Dictionary<string, Tail> Tails = new() { ["lower"] = Tail.Lower, ["upper"] = Tail.Upper };

    public static void BetaCdf(EvalInput input, EvalResult result) => Beta(input, result, "x", NumberRule.Share, BetaDistribution.Cdf);

    public static void BetaQuantile(EvalInput input, EvalResult result) =>
        Beta(input, result, "p", NumberRule.Probability, BetaDistribution.Quantile);

    public static void NormalCdf(EvalInput input, EvalResult result)
    {
        double x = input.Number("x", NumberRule.Any);
        Tail tail = input.Choice("tail", Tails);
        if (input.Sound)
        {
            result.Whole(NormalDistribution.Cdf(x, tail));
        }
    }

    public static void NormalQuantile(EvalInput input, EvalResult result)
    {
        double p = input.Number("p", NumberRule.Probability);
        Tail tail = input.Choice("tail", Tails);
        if (input.Sound)
        {
            result.Whole(NormalDistribution.Quantile(p, tail));
        }
    }

    public static void StudentCdf(EvalInput input, EvalResult result) =>
        WithDegrees(input, result, "t", NumberRule.Any, StudentDistribution.Cdf);

    public static void StudentQuantile(EvalInput input, EvalResult result) =>
        WithDegrees(input, result, "p", NumberRule.Probability, StudentDistribution.Quantile);

    public static void ChiSquareCdf(EvalInput input, EvalResult result) =>
        WithDegrees(input, result, "x", NumberRule.NotNegative, ChiSquareDistribution.Cdf);

    public static void ChiSquareQuantile(EvalInput input, EvalResult result) =>
        WithDegrees(input, result, "p", NumberRule.Probability, ChiSquareDistribution.Quantile);

    private static void Beta(
        EvalInput input, EvalResult result, string field, NumberRule rule, Func<double, double, double, Tail, double> ask)
    {
        double alpha = input.Number("alpha", NumberRule.Positive);
        double beta = input.Number("beta", NumberRule.Positive);
        double argument = input.Number(field, rule);
        Tail tail = input.Choice("tail", Tails);
        if (input.Sound)
        {
            result.Whole(ask(alpha, beta, argument, tail));
        }
    }

    private static void WithDegrees(
        EvalInput input, EvalResult result, string field, NumberRule rule, Func<double, double, Tail, double> ask)
    {
        double argument = input.Number(field, rule);
        double degrees = input.Number("df", NumberRule.Positive);
        Tail tail = input.Choice("tail", Tails);
        if (input.Sound)
        {
            result.Whole(ask(argument, degrees, tail));
        }
    }
}
