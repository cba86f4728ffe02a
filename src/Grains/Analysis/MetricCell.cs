using System.Numerics;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Quantiles;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>What one variant has of one metric in one epoch.</summary>
/// <param name="Values">Bounded by the cap where there is one.</param>
/// <param name="Uncapped">As they were before a cap that is a percentile; equal to the values for others.</param>
/// <param name="Moments">Of ratios and of metrics with a covariate; null for others.</param>
/// <param name="Quantile">Null also where there are no values.</param>
internal sealed record MetricCell(ExactSums Values, ExactSums Uncapped, UnitMoments? Moments, QuantileSum? Quantile)
{
    private static readonly ExactSums NoUnits = new(0, ExactNumber.Zero, ExactNumber.Zero);

    public static MetricCell Empty { get; } = new(NoUnits, NoUnits, null, null);

    public long Units => Values.Units;

    public static MetricCell Of(long units, string sum, string squares, MetricProducts? products, CappedSum? capped, QuantileSum? quantile)
    {
        var uncapped = ExactSums.Parse(units, sum, squares);
        var values = capped is null ? uncapped : ExactSums.Parse(units, capped.Sum, capped.SumSquares);
        var moments = (capped is null ? products : capped.Products) is { } known ? UnitMoments.Of(values, known) : null;
        return new MetricCell(values, uncapped, moments, quantile);
    }

    public MetricCell Add(MetricCell other) => new(
        Values.Add(other.Values),
        Uncapped.Add(other.Uncapped),
        Moments is null ? other.Moments : other.Moments is null ? Moments : Moments.Add(other.Moments),
        Quantile ?? other.Quantile);

    /// <summary>Units and conversions, or the reason why the sums cannot be such counts.</summary>
    public Computed<ConversionCounts> Conversions()
    {
        var scale = BigInteger.Pow(10, Values.Sum.Scale);
        var conversions = BigInteger.DivRem(Values.Sum.Unscaled, scale, out var fraction);
        return !fraction.IsZero || conversions.Sign < 0 || conversions > Units
            ? new Inconclusive(Inconclusive.ImpossibleSums, "A sum of conversions is not between zero and the number of units.")
            : new ConversionCounts(Units, (long)conversions);
    }

    /// <summary>Number, mean and variance of one value per unit; the empty summary without units.</summary>
    public Computed<SampleSummary> Mean() => Units == 0 ? SampleSummary.Empty : Values.Summarise();

    /// <summary>
    /// A ratio as the mean of linearised values, (y - R x) / mean x + R, whose variance over units is that of the delta method. A ratio of
    /// one unit has no variance, which keeps its epoch out of the effect.
    /// </summary>
    public Computed<SampleSummary> Ratio()
    {
        if (Units == 0 || Moments is null)
        {
            return SampleSummary.Empty;
        }

        if (!Moments.Pair(UnitNumber.Denominator, UnitNumber.Value).Summarise().TryGet(out var pairs, out var why))
        {
            return why;
        }

        if (Units == 1)
        {
            return new SampleSummary(1, pairs.MeanX == 0 ? 0 : pairs.MeanY / pairs.MeanX, 0);
        }

        return RatioMetric.Estimate(pairs).TryGet(out var ratio, out why) ? new SampleSummary(Units, ratio.Ratio, ratio.Variance * Units) : why;
    }

    /// <summary>A quantile with the variance that one unit would have, if its error came from that many independent ones.</summary>
    public Computed<SampleSummary> QuantileOf(double quantile)
    {
        if (Quantile is not { } sum)
        {
            return SampleSummary.Empty;
        }

        if (sum.Lower is null || sum.Upper is null)
        {
            return new Inconclusive(Inconclusive.TooFewUnits, "Too few units for an interval of the quantile.");
        }

        var counts = new ClusterCounts(
            sum.Units, sum.Events, Whole(sum.EventSquares), Whole(sum.Below), Whole(sum.BelowSquares), Whole(sum.BelowEvents));
        return QuantileMetric.FromSummary(counts, quantile, Number(sum.Value), Number(sum.Lower), Number(sum.Upper)).TryGet(out var estimate, out var why)
            ? new SampleSummary(sum.Units, estimate.Value, estimate.StandardError * estimate.StandardError * sum.Units)
            : why;
    }

    private static BigInteger Whole(string number) =>
        ExactNumber.Parse(number) is { Scale: 0 } whole ? whole.Unscaled : throw new FormatException("A count is not a whole number.");

    private static double Number(string number) => ExactNumber.Parse(number).ToDouble();
}
