using Splitstream.Stats.Calibration;

namespace Splitstream.Stats.Tests.Calibration;

public sealed class CalibrationGridTests
{
    /// <summary>Percent, from 200,000 runs on shared paths by numpy: threshold slowest, then minimum sample, then cadence.</summary>
    private static readonly double[] Shared =
    [
        66.77, 64.26, 59.54, 52.79, 51.34, 48.54, 34.62, 33.87, 32.45,
        23.42, 21.91, 19.28, 16.63, 15.93, 14.61, 9.63, 9.34, 8.82,
        13.79, 12.76, 11.07, 9.59, 9.14, 8.29, 5.38, 5.20, 4.85,
        3.69, 3.36, 2.80, 2.47, 2.34, 2.07, 1.33, 1.28, 1.18,
    ];

    [Fact]
    public void The_seed_grid_has_the_rates_that_numpy_finds()
    {
        var grid = CalibrationGrid.Seed with { RunsPerCell = 2_000 };

        var rates = grid.Run(20_261_121, threads: 2);

        for (var i = 0; i < rates.Length; i++)
        {
            var expected = Shared[i] / 100;
            var error = Math.Sqrt(expected * (1 - expected) * (1.0 / grid.RunsPerCell + 1.0 / 200_000));
            Assert.True(Math.Abs(rates[i].Rate - expected) <= 3.64 * error, $"{grid.Cells[i]}: {rates[i].Rate} against {expected}");
        }
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        var grid = CalibrationGrid.Seed with { Thresholds = [0.95, 0.995], CadenceMinutes = [240], RunsPerCell = 700 };

        Assert.Equal([.. grid.Run(5, threads: 1)], grid.Run(5, threads: 3).ToArray());
        Assert.NotEqual([.. grid.Run(5, threads: 1)], grid.Run(6, threads: 1).ToArray());
    }

    [Fact]
    public void Progress_is_told_after_each_cell()
    {
        var told = new List<int>();

        (CalibrationGrid.Seed with { Thresholds = [0.999], MinimumSamples = [20_000], RunsPerCell = 10 }).Run(1, 1, told.Add);

        Assert.Equal([1, 2, 3], told);
    }

    [Fact]
    public void A_grid_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => (CalibrationGrid.Seed with { Rate = 1 }).Run(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => (CalibrationGrid.Seed with { Thresholds = [0.4] }).Run(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => (CalibrationGrid.Seed with { RunsPerCell = 0 }).Run(1, 1));
    }
}
