using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>One part of one metric by epoch and variant: the exact sums, and the summaries that every test and posterior is made of.</summary>
internal sealed class MetricTable
{
    private static readonly UnitNumber[] OfMeans = [UnitNumber.Covariate, UnitNumber.History];
    private static readonly UnitNumber[] OfRatios = [UnitNumber.Covariate, UnitNumber.CovariateDenominator, UnitNumber.History];

    private readonly MetricDefinition _metric;
    private readonly MetricCell[][] _cells;
    private readonly SampleSummary[]?[] _adjusted;

    private MetricTable(MetricDefinition metric, int[] epochNumbers, MetricCell[][] cells, long[] pending, long[] missing)
    {
        EpochNumbers = epochNumbers;
        _metric = metric;
        _cells = cells;
        _adjusted = metric.HasCovariate ? [.. cells.Select(Adjusted)] : new SampleSummary[]?[cells.Length];
        Pending = pending;
        Missing = missing;
    }

    private MetricTable(MetricTable other)
        : this(other._metric with { HasCovariate = false }, other.EpochNumbers, other._cells, other.Pending, other.Missing)
    {
    }

    /// <summary>Number of epochs with any unit of this metric.</summary>
    public int Epochs => _cells.Length;

    /// <summary>Their numbers, rising.</summary>
    public int[] EpochNumbers { get; }

    /// <summary>Whether any epoch's summaries are adjusted for a covariate.</summary>
    public bool IsAdjusted => _adjusted.Any(epoch => epoch is not null);

    /// <summary>Per variant: units whose window is still open.</summary>
    public long[] Pending { get; }

    /// <summary>Per variant: units without a value.</summary>
    public long[] Missing { get; }

    /// <summary>Arranges the sums; their order in the input does not matter. Sums of unknown variants are a contradiction.</summary>
    /// <exception cref="InvalidOperationException">A sum names a variant that the experiment does not have.</exception>
    public static MetricTable Create(AnalysedExperiment experiment, MetricDefinition metric, ImmutableArray<MetricSum> sums, MetricPart part)
    {
        var own = sums.Where(sum => sum.Metric == metric.Key).OrderBy(sum => sum.Epoch).ToList();
        var variants = experiment.Variants.Length;
        var pending = new long[variants];
        var missing = new long[variants];
        var cells = new SortedDictionary<int, MetricCell[]>();
        foreach (var sum in own)
        {
            var variant = IndexOf(experiment, sum.Variant);
            var matured = sum.Matured;
            var whole = part == MetricPart.Whole;
            pending[variant] += sum.Units + sum.Missing - matured.Units - matured.Missing;
            missing[variant] += whole ? sum.Missing : matured.Missing;
            if (!cells.TryGetValue(sum.Epoch, out var row))
            {
                row = [.. Enumerable.Repeat(MetricCell.Empty, variants)];
                cells.Add(sum.Epoch, row);
            }

            row[variant] = row[variant].Add(
                whole
                    ? MetricCell.Of(sum.Units, sum.Sum, sum.SumSquares, sum.Products, sum.Capped, sum.Quantile)
                    : MetricCell.Of(matured.Units, matured.Sum, matured.SumSquares, matured.Products, matured.Capped, matured.Quantile));
        }

        var filled = cells.Where(epoch => epoch.Value.Any(cell => cell.Units > 0)).ToArray();
        return new MetricTable(metric, [.. filled.Select(epoch => epoch.Key)], [.. filled.Select(epoch => epoch.Value)], pending, missing);
    }

    /// <summary>The same without its covariate.</summary>
    public MetricTable Unadjusted() => new(this);

    /// <summary>All epochs of a variant together; for display.</summary>
    public MetricCell Total(int variant) => _cells.Aggregate(MetricCell.Empty, (sum, row) => sum.Add(row[variant]));

    /// <summary>
    /// Number, mean and variance of a variant over all epochs, never adjusted; for display. A quantile stands there without its error, and
    /// not at all for several epochs, whose quantile is not made of theirs.
    /// </summary>
    public Computed<SampleSummary> Shown(int variant)
    {
        if (_metric.Type != MetricType.Quantile)
        {
            return Plain(Total(variant));
        }

        return _cells.Select(row => row[variant].Quantile).OfType<QuantileSum>().ToArray() is [var only]
            ? new SampleSummary(only.Units, ExactNumber.Parse(only.Value).ToDouble(), 0)
            : SampleSummary.Empty;
    }

    public long Units(int variant) => _cells.Sum(row => row[variant].Units);

    /// <summary>Units and conversions, or the reason why the sums cannot be such counts.</summary>
    public Computed<ConversionCounts> Conversions(int epoch, int variant) => _cells[epoch][variant].Conversions();

    /// <summary>Number, mean and variance, adjusted where the epoch has a covariate; the empty summary without units.</summary>
    /// <remarks>With other epochs to stand on, one that is too small for its quantile is left out.</remarks>
    public Computed<SampleSummary> Summary(int epoch, int variant)
    {
        if (_adjusted[epoch] is { } adjusted)
        {
            return adjusted[variant];
        }

        var summary = Plain(_cells[epoch][variant]);
        return !summary.IsConclusive && _metric.Type == MetricType.Quantile && Epochs > 1 ? SampleSummary.Empty : summary;
    }

    private Computed<SampleSummary> Plain(MetricCell cell) => _metric.Type switch
    {
        MetricType.Ratio => cell.Ratio(),
        MetricType.Quantile => cell.QuantileOf(_metric.Quantile!.Value),
        _ => cell.Mean(),
    };

    /// <summary>The epoch's summaries adjusted; null when there is nothing to adjust for, or something cannot be summarised.</summary>
    private SampleSummary[]? Adjusted(MetricCell[] row)
    {
        var numbers = _metric.Type == MetricType.Ratio ? OfRatios : OfMeans;
        var samples = new AdjustableSample[row.Length];
        for (var variant = 0; variant < row.Length; variant++)
        {
            if (!Plain(row[variant]).TryGet(out var values, out _) || Sample(row[variant], values, numbers) is not { } sample)
            {
                return null;
            }

            samples[variant] = sample;
        }

        return CovariateAdjustment.Compute(samples);
    }

    private AdjustableSample? Sample(MetricCell cell, SampleSummary values, UnitNumber[] numbers)
    {
        var (means, withValue, within) = (new double[numbers.Length], new double[numbers.Length], new double[numbers.Length, numbers.Length]);
        if (cell.Units == 0)
        {
            return new AdjustableSample(values, means, withValue, within);
        }

        if (cell.Moments is not { } moments)
        {
            return null;
        }

        for (var i = 0; i < numbers.Length; i++)
        {
            if (!moments.Pair(numbers[i], UnitNumber.Value).Summarise().TryGet(out var pairs, out _))
            {
                return null;
            }

            means[i] = pairs.MeanX;
            withValue[i] = pairs.Covariance;
            if (_metric.Type == MetricType.Ratio)
            {
                if (!moments.Pair(numbers[i], UnitNumber.Denominator).Summarise().TryGet(out var over, out _) || over.MeanY == 0)
                {
                    return null;
                }

                withValue[i] = (pairs.Covariance - values.Mean * over.Covariance) / over.MeanY;
            }

            for (var j = 0; j < numbers.Length; j++)
            {
                if (!moments.Pair(numbers[i], numbers[j]).Summarise().TryGet(out var both, out _))
                {
                    return null;
                }

                within[i, j] = i == j ? both.VarianceX : both.Covariance;
            }
        }

        return new AdjustableSample(values, means, withValue, within);
    }

    private static int IndexOf(AnalysedExperiment experiment, string variant)
    {
        for (var index = 0; index < experiment.Variants.Length; index++)
        {
            if (experiment.Variants[index].Key == variant)
            {
                return index;
            }
        }

        throw new InvalidOperationException($"Experiment '{experiment.Key}' has sums of the unknown variant '{variant}'.");
    }
}

/// <summary>Which units of a metric are looked at.</summary>
internal enum MetricPart
{
    Whole,
    Matured,
}
