using Splitstream.Stats.Quantiles;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Quantiles;

public class QuantileMetricTests
{
    private static readonly double[] Sorted = [0.4, 1.2, 2.2, 2.5, 3.1, 4.4, 5.0, 6.3, 7.7, 9.9];

    /// <summary>numpy 1.24.2: (s_bb - 2 p s_bn + p^2 s_nn) / (k mean(n)^2) from cov(b, n), p = 14/29.</summary>
    [Fact]
    public void The_levels_to_look_up_follow_from_counts_per_unit()
    {
        var counts = ClusterCounts.FromUnits([(3, 1), (5, 3), (1, 1), (8, 2), (0, 0), (2, 0), (6, 5), (4, 2)]);

        var levels = QuantileMetric.Levels(counts, 0.5).Value;

        Assert.Equal(7, counts.Units);
        Assert.Equal(14.0 / 29, counts.ShareBelow);
        Assert.Equal(0.2733360984127863, levels.Lower, 1e-13);
        Assert.Equal(0.7266639015872137, levels.Upper, 1e-13);
    }

    [Fact]
    public void Raw_rows_and_stored_sums_give_the_same_bits()
    {
        var random = new Random(11);
        var rows = Clusters(random, 400);

        var fromRows = QuantileMetric.Clustered(rows, 0.75).Value;

        var sorted = rows.Select(row => row.Value).Order().ToArray();
        var counts = ClusterCounts.FromUnits(
            rows.GroupBy(row => row.Unit).Select(unit => ((long)unit.Count(), (long)unit.Count(row => row.Value <= fromRows.Value))));
        var levels = QuantileMetric.Levels(counts, 0.75).Value;
        var fromSums = QuantileMetric.FromSummary(
            counts,
            0.75,
            SampleQuantile.OfSorted(sorted, 0.75),
            SampleQuantile.OfSorted(sorted, levels.Lower),
            SampleQuantile.OfSorted(sorted, levels.Upper)).Value;
        Assert.Equal(fromRows, fromSums);
        Assert.Equal(fromRows, QuantileMetric.Clustered([.. rows.Reverse()], 0.75).Value);
    }

    [Fact]
    public void One_row_per_unit_is_nearly_the_case_of_independent_values()
    {
        var random = new Random(12);
        var values = Enumerable.Range(0, 20_000).Select(_ => Exponential(random)).ToArray();

        var clustered = QuantileMetric.Clustered(values.Select((value, unit) => new QuantileRow(unit, value)).ToArray(), 0.9).Value;
        var independent = QuantileMetric.Independent(values, 0.9).Value;

        Assert.Equal(independent.StandardError, clustered.StandardError, 0.002 * independent.StandardError);

        // sqrt(q (1-q) / n) / density, which is 0.1 at the 90 % quantile of this distribution.
        Assert.Equal(Math.Sqrt(0.09 / 20_000) / 0.1, independent.StandardError, 0.05 * independent.StandardError);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    public void The_error_equals_that_of_a_cluster_bootstrap(double quantile)
    {
        // Times of pages: a unit's connection slows all its pages alike, 1 to 12 of them.
        const int Units = 60_000;
        const int Draws = 2_000;
        var make = new Random(13);
        var rows = Enumerable.Range(0, Units).SelectMany(unit =>
        {
            var slow = 1 + Exponential(make);
            return Enumerable.Range(0, 1 + make.Next(12)).Select(_ => new QuantileRow(unit, slow * (1 + Exponential(make)))).ToArray();
        }).OrderBy(row => row.Value).ToArray();

        var estimate = QuantileMetric.Clustered(rows, quantile).Value;

        var random = new Random(14);
        double sum = 0, squares = 0;
        var copies = new int[Units];
        var sizes = new int[Units];
        foreach (var row in rows)
            sizes[row.Unit]++;
        for (var draw = 0; draw < Draws; draw++)
        {
            Array.Clear(copies);
            for (var i = 0; i < Units; i++)
                copies[random.Next(Units)]++;
            var total = 0L;
            for (var unit = 0; unit < Units; unit++)
                total += (long)copies[unit] * sizes[unit];

            // The largest row with more than the share 1 - q at or above it.
            var index = rows.Length;
            for (var above = 0L; above <= (1 - quantile) * total;)
                above += copies[rows[--index].Unit];
            var off = rows[index].Value - estimate.Value;
            sum += off;
            squares += off * off;
        }

        var bootstrap = Math.Sqrt((squares - sum * sum / Draws) / (Draws - 1));
        Assert.Equal(bootstrap, estimate.StandardError, 0.05 * bootstrap);

        // Rows taken for independent understate it.
        var naive = QuantileMetric.Independent(rows.Select(row => row.Value).ToArray(), quantile).Value;
        Assert.True(naive.StandardError < 0.8 * bootstrap);
    }

    [Theory]
    [InlineData(0.5, 1_500, 12, 2_000)]
    [InlineData(0.9, 1_500, 12, 2_000)]
    [InlineData(0.99, 10_000, 3, 1_000)]
    public void Intervals_cover_the_true_quantile_as_often_as_they_say(double quantile, int units, int rowsMax, int runs)
    {
        var truth = -Math.Log(1 - quantile);
        var random = new Random(15);
        var covered = 0;
        for (var run = 0; run < runs; run++)
        {
            var interval = QuantileMetric.Clustered(Clusters(random, units, rowsMax), quantile).Value.Interval;
            covered += interval.Lower <= truth && truth <= interval.Upper ? 1 : 0;
        }

        // Three Monte Carlo errors around 95 %.
        var error = Math.Sqrt(0.95 * 0.05 / runs);
        Assert.InRange(covered / (double)runs, 0.95 - 3 * error, 0.95 + 3 * error);
    }

    [Fact]
    public void Variants_are_compared_by_the_sum_of_their_variances()
    {
        var control = new QuantileEstimate(0.5, 10, 3, new(4, 16, 0.95), 100);
        var treatment = new QuantileEstimate(0.5, 15, 4, new(7, 23, 0.95), 100);

        var result = QuantileDifference.Compute(control, treatment).Value;

        Assert.Equal((10, 15, 5, 5, 1), (result.ControlValue, result.TreatmentValue, result.Effect, result.StandardError, result.Z));
        Assert.Equal(0.31731050786291415, result.P, 1e-14);
        Assert.Equal(5 - 5 * 1.959963984540054, result.Interval.Lower, 1e-12);
        Assert.Equal(0.5, result.Lift.Value.Lift, 1e-15);
    }

    [Fact]
    public void Epochs_are_compared_within_and_weighted_by_units()
    {
        var first = new EpochQuantiles(new(0.5, 10, 1, new(8, 12, 0.95), 900), new(0.5, 12, 1, new(10, 14, 0.95), 100));
        var second = new EpochQuantiles(new(0.5, 30, 1, new(28, 32, 0.95), 100), new(0.5, 34, 1, new(32, 36, 0.95), 900));

        var result = QuantileDifference.Stratified([first, second]).Value;

        Assert.Equal(3, result.Effect, 1e-12);
        Assert.Equal(1, result.StandardError, 1e-12);
        Assert.Equal(QuantileDifference.Compute(first.Control, first.Treatment).Value, QuantileDifference.Stratified([first]).Value);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Equal(Inconclusive.NoUnits, QuantileMetric.Clustered([], 0.5).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, QuantileMetric.Independent([], 0.5).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, QuantileMetric.Independent(Sorted, 0.99).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, QuantileMetric.Clustered([new(1, 2), new(1, 3)], 0.5).Why!.Reason);
        Assert.Equal(
            Inconclusive.ZeroVariance,
            QuantileMetric.Clustered([.. Enumerable.Range(0, 90).Select(i => new QuantileRow(i, 7))], 0.5).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, QuantileMetric.Independent([.. Enumerable.Repeat(7.0, 90)], 0.5).Why!.Reason);
        Assert.Equal(Inconclusive.ImpossibleSums, QuantileMetric.Levels(new ClusterCounts(10, 20, 5, 10, 20, 20), 0.5).Why!.Reason);
        Assert.Equal(Inconclusive.ImpossibleSums, QuantileMetric.Levels(new ClusterCounts(10, 20, 50, 30, 90, 60), 0.5).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, QuantileDifference.Stratified([]).Why!.Reason);
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantileMetric.Independent([1, double.NaN], 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantileMetric.Independent(Sorted, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClusterCounts.FromUnits([(1, 2)]));
        var counts = ClusterCounts.FromUnits([(3, 1), (5, 3), (1, 1), (8, 2), (2, 0), (6, 5), (4, 2)]);
        Assert.Throws<ArgumentException>(() => QuantileMetric.FromSummary(counts, 0.5, 5, 6, 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => QuantileMetric.FromSummary(counts, 0.5, 5, double.NaN, 7));
        Assert.Equal(Inconclusive.ZeroVariance, QuantileMetric.FromSummary(counts, 0.5, 5, 5, 5).Why!.Reason);
        var median = new QuantileEstimate(0.5, 10, 3, new(4, 16, 0.95), 100);
        Assert.Throws<ArgumentException>(() => QuantileDifference.Compute(median, median with { Quantile = 0.9 }));
    }

    /// <summary>
    /// Exponential values; 1 to 12 rows per unit (or another most), and every other unit repeats one value in all of them.
    /// </summary>
    private static QuantileRow[] Clusters(Random random, int units, int rowsMax = 12)
    {
        var rows = new List<QuantileRow>();
        for (var unit = 0; unit < units; unit++)
        {
            var count = 1 + random.Next(rowsMax);
            var own = Exponential(random);
            for (var i = 0; i < count; i++)
                rows.Add(new QuantileRow(unit, unit % 2 == 0 ? own : Exponential(random)));
        }

        return [.. rows];
    }

    private static double Exponential(Random random) => -Math.Log(1 - random.NextDouble());
}
