using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>What the largest unit of each variant does to a count or mean, and what the effect is without it. Pure.</summary>
internal static class OutlierReport
{
    /// <summary>Share of a variant's variance above which one unit is an outlier.</summary>
    private const double ShareLimit = 0.1;

    /// <summary>Among fewer units the largest carries that much by nature.</summary>
    private const long MinimumUnits = 100;

    public static ImmutableArray<OutlierResult> Compute(ResultsInput input, HealthInputs health) =>
    [
        .. health.Largest
            .OrderBy(largest => input.Metrics.Select(metric => metric.Key).ToList().IndexOf(largest.Metric))
            .ThenBy(largest => input.Experiment.Variants.Select(variant => variant.Key).ToList().IndexOf(largest.Variant))
            .Select(largest => Judge(input, largest)),
    ];

    private static OutlierResult Judge(ResultsInput input, LargestValue largest)
    {
        var own = input.Data.Sums.Where(sum => sum.Metric == largest.Metric).ToImmutableArray();
        var value = ExactNumber.Parse(largest.Value);
        var total = own.Where(sum => sum.Variant == largest.Variant)
            .Select(sum => ExactSums.Parse(sum.Units, sum.Sum, sum.SumSquares)).Aggregate((left, right) => left.Add(right));
        var (number, sum) = (value.ToDouble(), total.Sum.ToDouble());
        if (!total.Summarise().TryGet(out var summary, out _))
        {
            return new OutlierResult(largest.Metric, largest.Variant, number, null, null, false, []);
        }

        var deviation = number - summary.Mean;
        var share = deviation * deviation / (summary.Variance * (summary.Units - 1));
        var isOutlier = share > ShareLimit && summary.Units >= MinimumUnits;
        return new OutlierResult(
            largest.Metric,
            largest.Variant,
            number,
            Finite(number / sum),
            Finite(share),
            isOutlier,
            isOutlier ? Without(input, largest, own, value) : []);
    }

    /// <summary>The unit leaves the exact sums of its variant and epoch, which are those of all units, not only of matured ones.</summary>
    private static ImmutableArray<EffectResult> Without(
        ResultsInput input, LargestValue largest, ImmutableArray<MetricSum> sums, ExactNumber value)
    {
        ImmutableArray<MetricSum> less =
        [
            .. sums.Select(sum => sum.Variant == largest.Variant && sum.Epoch == largest.Epoch
                ? sum with
                {
                    Units = sum.Units - 1,
                    Sum = Text(ExactNumber.Parse(sum.Sum) - value),
                    SumSquares = Text(ExactNumber.Parse(sum.SumSquares) - value * value),
                }
                : sum),
        ];
        return
        [
            .. PartEffects.Compute(input.Experiment, input.Metric(largest.Metric), less, MetricPart.Whole)
                .Where(comparison => comparison.Variant == largest.Variant || comparison.Control == largest.Variant),
        ];
    }

    /// <summary>As plain digits with a point, which is how sums are written.</summary>
    private static string Text(ExactNumber number)
    {
        var digits = System.Numerics.BigInteger.Abs(number.Unscaled)
            .ToString(System.Globalization.CultureInfo.InvariantCulture).PadLeft(number.Scale + 1, '0');
        return (number.Unscaled.Sign < 0 ? "-" : "") + (number.Scale == 0 ? digits : $"{digits[..^number.Scale]}.{digits[^number.Scale..]}");
    }

    private static double? Finite(double number) => double.IsFinite(number) ? number : null;
}
