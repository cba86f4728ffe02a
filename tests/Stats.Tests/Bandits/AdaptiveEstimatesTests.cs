using Splitstream.Stats.Bandits;

namespace Splitstream.Stats.Tests.Bandits;

public class AdaptiveEstimatesTests
{
    private static readonly double[] Even = [1.0 / 3, 1.0 / 3, 1.0 / 3];
    private static readonly double[] Second = [0.5, 0.3, 0.2];
    private static readonly double[] Third = [0.2, 0.4, 0.4];

    private static readonly AdaptiveObservation[] Units =
    [
        new(0, 1, Even),
        new(1, 3, Even),
        new(1, 2, Even),
        new(0, 0, Second),
        new(2, 5, Second),
        new(1, 4, Second),
        new(0, 2, Third),
        new(2, 6, Third),
    ];

    /// <summary>numpy 1.24.2: mean of the scores and their standard deviation (n - 1) over sqrt(8).</summary>
    [Theory]
    [InlineData(AdaptiveMethod.InversePropensity, 0, 1.625, 1.25267570766397)]
    [InlineData(AdaptiveMethod.InversePropensity, 1, 3.541666666666667, 1.8633234304192083)]
    [InlineData(AdaptiveMethod.InversePropensity, 2, 5.0, 3.406925719346234)]
    [InlineData(AdaptiveMethod.SelfNormalised, 0, 1.3, 0.4759351696547395)]
    [InlineData(AdaptiveMethod.SelfNormalised, 1, 3.0357142857142856, 0.5122081631096492)]
    [InlineData(AdaptiveMethod.SelfNormalised, 2, 5.333333333333334, 0.3359684204526463)]
    [InlineData(AdaptiveMethod.DoublyRobust, 0, 1.75, 0.9728456051340167)]
    [InlineData(AdaptiveMethod.DoublyRobust, 1, 3.1875, 0.9862333648787187)]
    [InlineData(AdaptiveMethod.DoublyRobust, 2, 5.1875, 2.158739504896318)]
    public void Estimates_and_errors_are_those_of_their_scores(AdaptiveMethod method, int variant, double estimate, double error)
    {
        var result = AdaptiveEstimates.Mean(method, Units, variant).Value;

        Assert.Equal(estimate, result.Estimate, 1e-13);
        Assert.Equal(error, result.StandardError, 1e-13);
        Assert.Equal(estimate - 1.959963984540054 * error, result.Interval.Lower, 1e-12);
        Assert.Equal(8, result.Units);
    }

    [Fact]
    public void Predictions_of_the_caller_are_used()
    {
        var predictions = Units.Select(_ => (IReadOnlyList<double>)[1.0, 3.0, 5.0]).ToArray();

        var result = AdaptiveEstimates.Mean(AdaptiveMethod.DoublyRobust, Units, 1, predictions: predictions).Value;

        Assert.Equal(3.041666666666667, result.Estimate, 1e-13);
        Assert.Equal(0.599065078479766, result.StandardError, 1e-13);
    }

    [Fact]
    public void Effects_are_differences_of_scores()
    {
        var result = AdaptiveEstimates.Effect(AdaptiveMethod.InversePropensity, Units, 0, 1).Value;

        Assert.Equal(1.9166666666666667, result.Estimate, 1e-13);
        Assert.Equal(2.585636454147387, result.StandardError, 1e-13);
    }

    /// <summary>
    /// Two equal variants; nine tenths of each batch go to the one that leads. Plain means are biased downwards; weighted ones are not,
    /// and their 95 % intervals cover.
    /// </summary>
    [Fact]
    public void Weighting_removes_the_bias_of_following_the_data()
    {
        const int Runs = 3_000;
        const double Truth = 0.3;
        var random = new Random(2021);
        AdaptiveMethod[] methods = Enum.GetValues<AdaptiveMethod>();
        double plain = 0;
        double[] sums = new double[3], squares = new double[3], covered = new double[3];
        for (var run = 0; run < Runs; run++)
        {
            var units = new List<AdaptiveObservation>();
            double[] share = [0.5, 0.5], converted = [0, 0], count = [0, 0];
            for (var batch = 0; batch < 10; batch++)
            {
                for (var i = 0; i < 60; i++)
                {
                    var variant = random.NextDouble() < share[0] ? 0 : 1;
                    var outcome = random.NextDouble() < Truth ? 1 : 0;
                    units.Add(new AdaptiveObservation(variant, outcome, share));
                    converted[variant] += outcome;
                    count[variant]++;
                }

                share = converted[0] * count[1] >= converted[1] * count[0] ? [0.9, 0.1] : [0.1, 0.9];
            }

            plain += (converted[0] / count[0] - Truth) / Runs;
            for (var m = 0; m < 3; m++)
            {
                var estimate = AdaptiveEstimates.Mean(methods[m], units, 0).Value;
                sums[m] += estimate.Estimate - Truth;
                squares[m] += Math.Pow(estimate.Estimate - Truth, 2);
                covered[m] += estimate.Interval.Lower <= Truth && Truth <= estimate.Interval.Upper ? 1.0 / Runs : 0;
            }
        }

        Assert.True(plain < -0.005, $"the plain mean is off by {plain}");
        for (var m = 0; m < 3; m++)
        {
            var spread = Math.Sqrt(squares[m] / Runs);
            Assert.True(Math.Abs(sums[m] / Runs) < 0.1 * spread, $"{methods[m]} is off by {sums[m] / Runs / spread} errors");
            Assert.True(covered[m] > 0.93, $"{methods[m]} covers {covered[m]}");
        }
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Equal(Inconclusive.NoUnits, Mean([]).Why!.Reason);
        Assert.Equal(Inconclusive.TooFewUnits, Mean([new(0, 1, Even)]).Why!.Reason);
        Assert.Equal(Inconclusive.NoUnits, Mean([new(1, 1, Even), new(1, 2, Even)]).Why!.Reason);
        Assert.Equal(Inconclusive.NoSolution, Mean([new(0, 1, Even), new(1, 2, [0, 1])]).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, Mean([new(0, 0, Even), new(1, 2, Even)]).Why!.Reason);
        Assert.Throws<ArgumentException>(() => Mean([new(0, 1, [0.5, 0.6]), new(1, 2, Even)]));
        Assert.Throws<ArgumentException>(() => Mean([new(3, 1, Even), new(1, 2, Even)]));
        Assert.Throws<ArgumentException>(() => Mean([new(0, 1, [0, 1]), new(1, 2, Even)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Mean([new(0, double.NaN, Even)]));
        Assert.Throws<ArgumentException>(() => AdaptiveEstimates.Effect(AdaptiveMethod.DoublyRobust, Units, 1, 1));
        Assert.Throws<ArgumentException>(() => AdaptiveEstimates.Mean(AdaptiveMethod.DoublyRobust, Units, 1, predictions: [[1]]));

        static Computed<AdaptiveEstimate> Mean(AdaptiveObservation[] units) => AdaptiveEstimates.Mean(
            AdaptiveMethod.InversePropensity, units, 0);
    }
}
