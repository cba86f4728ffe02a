using Splitstream.Stats;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.QuasiExperiments;
using Splitstream.Stats.Samples;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Cli.Evaluation;

/// <summary>Covariates, clipping, ratios, and comparisons without randomisation.</summary>
internal static class AdjustmentOps
{
    public static void Cuped(EvalInput input, EvalResult result)
    {
        double[] x = input.Numbers("x", NumberRule.Any, least: 2);
        double[] y = input.Numbers("y", NumberRule.Any, 2, x.Length, "x");
        if (input.Sound
            && input.Has(PairedSummary.FromValues(x, y), out PairedSummary? pairs)
            && input.Has(Stats.VarianceReduction.Cuped.Explain(pairs), out CupedResult? explained))
        {
            result.Begin().Number("theta", explained.Theta).Number("var_y", explained.VarianceOfMetric)
                .Number("var_adj", explained.AdjustedVariance).Number("variance_reduction", explained.VarianceReduction).End();
        }
    }

    public static void CupedDifference(EvalInput input, EvalResult result)
    {
        double[] controlX = input.Numbers("x_control", NumberRule.Any, least: 2);
        double[] controlY = input.Numbers("y_control", NumberRule.Any, 2, controlX.Length, "x_control");
        double[] treatmentX = input.Numbers("x_treatment", NumberRule.Any, least: 2);
        double[] treatmentY = input.Numbers("y_treatment", NumberRule.Any, 2, treatmentX.Length, "x_treatment");
        if (input.Sound
            && input.Has(
                Stats.VarianceReduction.Cuped.Difference(controlX, controlY, treatmentX, treatmentY), out CupedDifference? difference))
        {
            result.Begin().Number("theta", difference.Theta).Number("diff", difference.Effect).Number("se", difference.StandardError).End();
        }
    }

    public static void Winsorise(EvalInput input, EvalResult result)
    {
        double[] x = input.Numbers("x", NumberRule.Any, least: 2);
        double lower = input.Number("lower_q", NumberRule.Share);
        double upper = input.Number("upper_q", NumberRule.Share);
        if (input.Sound && !(lower < upper))
        {
            input.RefuseField("lower_q", "lie below upper_q");
        }

        if (input.Sound && input.Has(Winsorising.Compute(x, lower, upper), out WinsorisedResult? clipped))
        {
            result.Begin().Number("lower", clipped.Lower).Number("upper", clipped.Upper).Number("mean", clipped.Summary.Mean)
                .Number("variance", clipped.Summary.Variance).End();
        }
    }

    public static void Ratio(EvalInput input, EvalResult result)
    {
        double[] numerators = input.Numbers("num", NumberRule.Any, least: 2);
        double[] denominators = input.Numbers("den", NumberRule.Any, 2, numerators.Length, "num");
        if (input.Sound && input.Has(PairedSummary.FromValues(denominators, numerators), out PairedSummary? pairs))
        {
            WriteRatio(input, result, RatioMetric.Estimate(pairs));
        }
    }

    public static void RatioFromSums(EvalInput input, EvalResult result)
    {
        long units = input.Count("n", 2);
        ExactNumber sumY = Exact(input, "sum_num");
        ExactNumber sumX = Exact(input, "sum_den");
        ExactNumber sumYSquares = Exact(input, "sum_num2");
        ExactNumber sumXSquares = Exact(input, "sum_den2");
        ExactNumber sumProducts = Exact(input, "sum_numden");
        if (!input.Sound)
        {
            return;
        }

        Computed<RatioEstimate> computed =
            RatioMetric.Estimate(new PairedSums(units, sumX, sumY, sumXSquares, sumYSquares, sumProducts));
        switch (computed.Why?.Reason)
        {
            case Inconclusive.ImpossibleSums:
                input.RefuseField("sum_num2", "not be below the square of its sum over n, nor sum_den2 below that of its own");
                break;
            case Inconclusive.ImpossibleCovariance:
                input.RefuseField("sum_numden", "not exceed what both sums of squares allow");
                break;
            default:
                break;
        }

        WriteRatio(input, result, computed);
    }

    public static void Lift(EvalInput input, EvalResult result)
    {
        double mean1 = input.Number("mean1", NumberRule.Any);
        double variance1 = input.Number("var1", NumberRule.NotNegative);
        double mean2 = input.Number("mean2", NumberRule.Any);
        double variance2 = input.Number("var2", NumberRule.NotNegative);
        if (input.Sound && input.Has(RelativeLift.Compute(mean1, variance1, mean2, variance2, 0.95), out LiftEstimate? lift))
        {
            result.Begin().Number("lift", lift.Lift).Number("se", lift.StandardError).End();
        }
    }

    public static void DifferencesInDifferences(EvalInput input, EvalResult result)
    {
        SampleSummary? treatedBefore = Cell(input, "treat_pre");
        SampleSummary? treatedAfter = Cell(input, "treat_post");
        SampleSummary? controlBefore = Cell(input, "control_pre");
        SampleSummary? controlAfter = Cell(input, "control_post");
        if (treatedBefore is not null && treatedAfter is not null && controlBefore is not null && controlAfter is not null
            && input.Has(
                DifferenceInDifferences.Compute(treatedBefore, treatedAfter, controlBefore, controlAfter),
                out DifferenceInDifferencesResult? difference))
        {
            result.Begin().Number("estimate", difference.Estimate).Number("se", difference.StandardError).End();
        }
    }

    public static void ClusteredDifference(EvalInput input, EvalResult result)
    {
        double[] y = input.Numbers("y", NumberRule.Any, least: 3);
        double[] treatment = input.Numbers("treatment", NumberRule.Bit, 3, y.Length, "y");
        int[] clusters = input.Labels("cluster", y.Length, "y");
        if (input.Sound && treatment.Distinct().Count() < 2)
        {
            input.RefuseField("treatment", "hold both 0 and 1");
        }

        if (input.Sound && clusters.Distinct().Count() < 2)
        {
            input.RefuseField("cluster", "hold at least two different labels");
        }

        bool[] treated = Array.ConvertAll(treatment, bit => bit == 1);
        if (input.Sound && input.Has(ClusterRobust.MeanDifference(y, treated, clusters), out ClusterRobustResult? difference))
        {
            result.Begin().Number("diff", difference.Effect).Number("se", difference.StandardError).End();
        }
    }

    private static ExactNumber Exact(EvalInput input, string field) => ExactNumber.FromDouble(input.Number(field, NumberRule.Any));

    private static SampleSummary? Cell(EvalInput input, string field)
    {
        double[] cell = input.Tuple(field, NumberRule.Any, NumberRule.NotNegative, NumberRule.CountFrom(1));
        return input.Sound && input.Has(SampleSummary.FromDeviation((long)cell[2], cell[0], cell[1]), out SampleSummary? summary)
            ? summary
            : null;
    }

    private static void WriteRatio(EvalInput input, EvalResult result, Computed<RatioEstimate> computed)
    {
        if (input.Has(computed, out RatioEstimate? ratio))
        {
            result.Begin().Number("ratio", ratio.Ratio).Number("variance", ratio.Variance).End();
        }
    }
}
