using Splitstream.Stats.Calibration;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Tests.Sequential;

public sealed class StageWiseEstimateTests
{
    [Fact]
    public void A_single_look_needs_no_adjustment()
    {
        var estimate = StageWiseEstimate.Compute([], [100], 0.02, 0.01).Value;

        Assert.Equal(0.02, estimate.Effect, 1e-9);
        Assert.Equal(0.02 - (1.959963984540054 * 0.01), estimate.Interval.Lower, 1e-8);
        Assert.Equal(0.02 + (1.959963984540054 * 0.01), estimate.Interval.Upper, 1e-8);
    }

    [Fact]
    public void A_crossing_at_the_first_look_keeps_its_estimate_and_later_ones_shrink()
    {
        double[] information = [0.25, 0.5, 0.75, 1];
        var z = GroupSequential.Boundaries(BoundaryKind.LanDeMetsPocock, 0.05, information).Value;

        var first = StageWiseEstimate.Compute([], [0.25], z[0] + 0.2, 1).Value;
        var third = StageWiseEstimate.Compute(z[..2], information[..3], z[2] + 0.2, 1).Value;

        Assert.Equal(z[0] + 0.2, first.Effect, 1e-6);
        Assert.InRange(third.Effect, 0, z[2] + 0.2 - 0.1);
        Assert.True(third.Interval.Lower < first.Interval.Lower);
    }

    [Fact]
    public void Losses_mirror_wins()
    {
        var win = StageWiseEstimate.Compute([2.5, 2.5], [1, 2, 3], 2.7, 1).Value;
        var loss = StageWiseEstimate.Compute([2.5, 2.5], [1, 2, 3], -2.7, 1).Value;

        Assert.Equal(win.Effect, -loss.Effect, 1e-6);
        Assert.Equal(win.Interval.Lower, -loss.Interval.Upper, 1e-6);
    }

    /// <summary>1,200 simulated tests with a constant boundary, true drift 2: half of the estimates are too high, 95 % are covered.</summary>
    [Fact]
    public void It_is_median_unbiased_and_covers_where_the_plain_estimate_exaggerates()
    {
        const int Looks = 6;
        const double Drift = 2;
        var boundaries = Enumerable.Repeat(2.5, Looks).ToArray();
        var information = Enumerable.Range(1, Looks).Select(k => (double)k / Looks).ToArray();
        int tooHigh = 0, covered = 0, runs = 1_200;
        var exaggeration = 0.0;
        for (var run = 0; run < runs; run++)
        {
            var random = new RunRandom(5, 0, (ulong)run);
            var motion = 0.0;
            var look = 0;
            for (; look < Looks; look++)
            {
                motion += (Drift / Looks) + (random.Normal() / Math.Sqrt(Looks));
                if (Math.Abs(motion) / Math.Sqrt(information[look]) >= boundaries[look] || look == Looks - 1)
                    break;
            }

            // The effect is the drift itself: estimated by motion / t with standard error 1 / sqrt(t).
            var error = 1 / Math.Sqrt(information[look]);
            var plain = motion / information[look];
            var estimate = StageWiseEstimate.Compute(boundaries[..look], information[..(look + 1)], plain, error).Value;
            tooHigh += estimate.Effect > Drift ? 1 : 0;
            exaggeration += plain - Drift;
            covered += estimate.Interval.Lower <= Drift && Drift <= estimate.Interval.Upper ? 1 : 0;
        }

        // Four standard errors: sqrt(0.25 / 1200) and sqrt(0.0475 / 1200).
        Assert.Equal(0.5, (double)tooHigh / runs, 0.058);
        Assert.Equal(0.95, (double)covered / runs, 0.026);
        Assert.True(exaggeration / runs > 0.1 * Drift, $"{exaggeration / runs}");
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(1, 0)]
    [InlineData(1, -1)]
    public void What_is_no_estimate_is_refused(double effect, double error) =>
        Assert.ThrowsAny<ArgumentException>(() => StageWiseEstimate.Compute([], [1], effect, error));

    [Fact]
    public void Looks_that_do_not_rise_are_refused() =>
        Assert.Throws<ArgumentException>(() => StageWiseEstimate.Compute([2], [1, 1], 1, 1));
}
