using Splitstream.Stats;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Multiplicity;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Srm;

namespace Splitstream.Cli.Evaluation;

/// <summary>Tests at a fixed time, corrections of their p-values, and sample ratio mismatch.</summary>
internal static class TestOps
{
    private const double ReportedLevel = 0.95;

    private static readonly Dictionary<string, AdjustmentMethod> Methods = new()
    {
        ["bonferroni"] = AdjustmentMethod.Bonferroni,
        ["holm"] = AdjustmentMethod.Holm,
        ["bh"] = AdjustmentMethod.BenjaminiHochberg,
        ["by"] = AdjustmentMethod.BenjaminiYekutieli,
    };

    public static void ChiSquare(EvalInput input, EvalResult result)
    {
        long[][] table = input.Counts("table", columns: 2, leastRows: 2, mostRows: 2);
        bool yates = input.Flag("yates");
        if (input.Sound
            && input.Has(ChiSquareTest.TwoByTwo(table[0][0], table[0][1], table[1][0], table[1][1], yates), out ChiSquareResult? test))
        {
            result.Begin().Number("statistic", test.Statistic).Number("p", test.P).End();
        }
    }

    public static void TwoProportions(EvalInput input, EvalResult result)
    {
        ConversionCounts? control = Conversions(input, "x1", "n1", leastUnits: 1);
        ConversionCounts? treatment = Conversions(input, "x2", "n2", leastUnits: 1);
        if (control is null || treatment is null
            || !input.Has(TwoProportionTest.Compute(control, treatment, ReportedLevel), out TwoProportionResult? test)
            || !input.Has(WilsonInterval.Compute(control, ReportedLevel), out ConfidenceInterval? first)
            || !input.Has(WilsonInterval.Compute(treatment, ReportedLevel), out ConfidenceInterval? second))
        {
            return;
        }

        result.Begin().Number("z", test.Z).Number("p", test.P).Numbers("ci95", test.Interval.Lower, test.Interval.Upper)
            .Numbers("wilson95_1", first.Lower, first.Upper).Numbers("wilson95_2", second.Lower, second.Upper).End();
    }

    public static void StudentTest(EvalInput input, EvalResult result)
    {
        double mean1 = input.Number("mean1", NumberRule.Any);
        double deviation1 = input.Number("sd1", NumberRule.NotNegative);
        long units1 = input.Count("n1", 2);
        double mean2 = input.Number("mean2", NumberRule.Any);
        double deviation2 = input.Number("sd2", NumberRule.NotNegative);
        long units2 = input.Count("n2", 2);
        bool pooled = input.Flag("equal_var");
        double level = input.Number("level", NumberRule.Probability);
        if (!input.Sound
            || !input.Has(SampleSummary.FromDeviation(units1, mean1, deviation1), out SampleSummary? control)
            || !input.Has(SampleSummary.FromDeviation(units2, mean2, deviation2), out SampleSummary? treatment))
        {
            return;
        }

        Computed<MeanTestResult> computed =
            pooled ? MeanDifferenceTest.Pooled(control, treatment, level) : MeanDifferenceTest.Welch(control, treatment, level);
        if (input.Has(computed, out MeanTestResult? test))
        {
            result.Begin().Number("diff", test.Effect).Number("se", test.StandardError).Number("t", test.T)
                .Number("df", test.DegreesOfFreedom).Number("p", test.P).Numbers("ci", test.Interval.Lower, test.Interval.Upper)
                .Number("cohens_d", test.CohensD).End();
        }
    }

    public static void StudentTestOfValues(EvalInput input, EvalResult result)
    {
        double[] x = input.Numbers("x", NumberRule.Any, least: 2);
        double[] y = input.Numbers("y", NumberRule.Any, least: 2);
        if (input.Sound && input.Has(MeanDifferenceTest.Welch(x, y), out MeanTestResult? test))
        {
            result.Begin().Number("t", test.T).Number("p", test.P).End();
        }
    }

    public static void AdjustP(EvalInput input, EvalResult result)
    {
        AdjustmentMethod method = input.Choice("method", Methods);
        double[] p = input.Numbers("p", NumberRule.Share);
        if (input.Sound)
        {
            result.Whole(PValueAdjustment.Adjust(method, p));
        }
    }

    public static void SampleRatio(EvalInput input, EvalResult result)
    {
        double[] observed = input.Numbers("observed", NumberRule.Count);
        double[] weights = input.Numbers("weights", NumberRule.NotNegative, 1, observed.Length, "observed");
        if (!input.Sound)
        {
            return;
        }

        Computed<SampleRatioResult> computed = SampleRatioTest.Compute(Array.ConvertAll(observed, count => (long)count), weights);
        switch (computed.Why?.Reason)
        {
            case Inconclusive.NoUnits:
                input.RefuseField("observed", "sum to at least 1");
                break;
            case Inconclusive.TooFewVariants:
                input.RefuseField("weights", "have at least two elements above zero");
                break;
            case Inconclusive.UnitsInZeroWeightVariant:
                input.RefuseField("observed", "be zero where the weight is zero");
                break;
            default:
                break;
        }

        if (input.Has(computed, out SampleRatioResult? test))
        {
            result.Begin().Number("statistic", test.Statistic).Number("df", test.DegreesOfFreedom).Number("p", test.P)
                .Number("log10_p", test.Log10P).End();
        }
    }

    public static void SequentialSampleRatio(EvalInput input, EvalResult result)
    {
        double[] weights = input.Numbers("weights", NumberRule.Positive, least: 2);
        double concentration = input.Number("concentration", NumberRule.Positive);
        long[][] increments = input.Counts("increments", weights.Length);
        if (input.Sound
            && input.Has(MultinomialEProcess.Run(increments, weights, concentration), out IReadOnlyList<SampleRatioLook>? looks))
        {
            result.Begin().Numbers("log_bf", looks.Select(look => look.LogBayesFactor)).Numbers("p", looks.Select(look => look.P)).End();
        }
    }

    /// <summary>Conversions among units, never more than those; null when a field was refused.</summary>
    public static ConversionCounts? Conversions(EvalInput input, string conversionsField, string unitsField, long leastUnits = 0)
    {
        long conversions = input.Count(conversionsField);
        long units = input.Count(unitsField, leastUnits);
        if (input.Sound && conversions > units)
        {
            input.RefuseField(conversionsField, $"not exceed {unitsField}, which is {units}");
        }

        return input.Sound ? new ConversionCounts(units, conversions) : null;
    }
}
