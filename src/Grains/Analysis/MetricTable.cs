using System.Collections.Immutable;
using System.Numerics;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>The exact sums of one part of one metric, by epoch and variant.</summary>
internal sealed class MetricTable
{
    private readonly ExactSums[][] _cells;

    private MetricTable(ExactSums[][] cells, long[] pending, long[] missing)
    {
        _cells = cells;
        Pending = pending;
        Missing = missing;
    }

    /// <summary>Number of epochs with any unit of this metric.</summary>
    public int Epochs => _cells.Length;

    /// <summary>Per variant: units whose window is still open.</summary>
    public long[] Pending { get; }

    /// <summary>Per variant: units without a value.</summary>
    public long[] Missing { get; }

    /// <summary>Arranges the sums; their order in the input does not matter. Sums of unknown variants are a contradiction.</summary>
    /// <exception cref="InvalidOperationException">A sum names a variant that the experiment does not have.</exception>
    public static MetricTable Create(AnalysedExperiment experiment, string metric, ImmutableArray<MetricSum> sums, MetricPart part)
    {
        var own = sums.Where(sum => sum.Metric == metric).OrderBy(sum => sum.Epoch).ToList();
        var variants = experiment.Variants.Length;
        var pending = new long[variants];
        var missing = new long[variants];
        var cells = new SortedDictionary<int, ExactSums[]>();
        foreach (var sum in own)
        {
            var variant = IndexOf(experiment, sum.Variant);
            var matured = sum.Matured;
            var whole = part == MetricPart.Whole;
            pending[variant] += sum.Units + sum.Missing - matured.Units - matured.Missing;
            missing[variant] += whole ? sum.Missing : matured.Missing;
            if (!cells.TryGetValue(sum.Epoch, out var row))
            {
                row = [.. Enumerable.Repeat(new ExactSums(0, ExactNumber.Zero, ExactNumber.Zero), variants)];
                cells.Add(sum.Epoch, row);
            }

            row[variant] = row[variant].Add(
                whole
                    ? ExactSums.Parse(sum.Units, sum.Sum, sum.SumSquares)
                    : ExactSums.Parse(matured.Units, matured.Sum, matured.SumSquares));
        }

        return new MetricTable([.. cells.Values.Where(row => row.Any(cell => cell.Units > 0))], pending, missing);
    }

    /// <summary>All epochs of a variant together; for display.</summary>
    public ExactSums Total(int variant) =>
        _cells.Aggregate(new ExactSums(0, ExactNumber.Zero, ExactNumber.Zero), (sum, row) => sum.Add(row[variant]));

    public long Units(int variant) => _cells.Sum(row => row[variant].Units);

    /// <summary>Units and conversions, or the reason why the sums cannot be such counts.</summary>
    public Computed<ConversionCounts> Conversions(int epoch, int variant)
    {
        var cell = _cells[epoch][variant];
        var scale = BigInteger.Pow(10, cell.Sum.Scale);
        var conversions = BigInteger.DivRem(cell.Sum.Unscaled, scale, out var fraction);
        return !fraction.IsZero || conversions.Sign < 0 || conversions > cell.Units
            ? new Inconclusive(Inconclusive.ImpossibleSums, "A sum of conversions is not between zero and the number of units.")
            : new ConversionCounts(cell.Units, (long)conversions);
    }

    /// <summary>Number, mean and variance; the empty summary without units.</summary>
    public Computed<SampleSummary> Summary(int epoch, int variant)
    {
        var cell = _cells[epoch][variant];
        return cell.Units == 0 ? SampleSummary.Empty : cell.Summarise();
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
