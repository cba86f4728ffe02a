using Splitstream.Stats;
using Splitstream.Stats.Power;

namespace Splitstream.Cli.Evaluation;

/// <summary>Sizes, powers and detectable lifts at a fixed horizon.</summary>
internal static class PlanningOps
{
    public static void SizeOfProportions(EvalInput input, EvalResult result)
    {
        double p1 = input.Number("p1", NumberRule.Probability);
        double p2 = input.Number("p2", NumberRule.Probability.OtherThan(p1, "p1"));
        var (alpha, power, sides) = Errors(input);
        if (input.Sound)
        {
            WriteSize(input, result, SampleSize.ForProportions(p1, p2, alpha, power, sides));
        }
    }

    public static void SizeOfMeans(EvalInput input, EvalResult result)
    {
        double delta = input.Number("delta", NumberRule.NotZero);
        double deviation = input.Number("sd", NumberRule.Positive);
        var (alpha, power, sides) = Errors(input);
        if (input.Sound)
        {
            WriteSize(input, result, SampleSize.ForMeans(delta, deviation, alpha, power, sides));
        }
    }

    public static void PowerOfProportions(EvalInput input, EvalResult result)
    {
        double p1 = input.Number("p1", NumberRule.Probability);
        double p2 = input.Number("p2", NumberRule.Probability);
        long units = input.Count("n", 1);
        double alpha = input.Number("alpha", NumberRule.Probability);
        if (input.Sound)
        {
            result.Whole(SampleSize.PowerOfProportions(p1, p2, units, alpha));
        }
    }

    public static void DetectableLift(EvalInput input, EvalResult result)
    {
        double p1 = input.Number("p1", NumberRule.Probability);
        long units = input.Count("n", 1);
        double alpha = input.Number("alpha", NumberRule.Probability);
        double power = input.Number("power", NumberRule.Probability);
        if (input.Sound && input.Has(SampleSize.DetectableLift(p1, units, alpha, power), out double lift))
        {
            result.Whole(lift);
        }
    }

    private static (double Alpha, double Power, int Sides) Errors(EvalInput input) => (
        input.Number("alpha", NumberRule.Probability),
        input.Number("power", NumberRule.Probability),
        (int)input.Number("sides", NumberRule.CountBetween(1, 2)));

    private static void WriteSize(EvalInput input, EvalResult result, Computed<double> size)
    {
        if (input.Has(size, out double units))
        {
            result.Begin().Number("n", SampleSize.WholeUnits(units)).Number("n_raw", units).End();
        }
    }
}
