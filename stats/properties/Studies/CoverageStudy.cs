using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Quantiles;
using Splitstream.Stats.Samples;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Properties.Studies;

/// <summary>How often intervals cover what they are about.</summary>
public static class CoverageStudy
{
    private const string Covers = "95 % intervals that cover";

    public static IReadOnlyList<Figure> Run(Effort effort) =>
    [
        Wilson(effort.Of(100_000), 121, 1_000, 0.1, 0.94, 0.96),
        Wilson(effort.Of(100_000), 122, 200, 0.01, null, null),
        Wilson(effort.Of(100_000), 123, 30, 0.5, null, null),
        WilsonOverRates(effort.Of(100_000), 124),
        Welch(
            "Welch: normal values, 10 and 40 units, deviations 3 and 1",
            effort.Of(40_000),
            125,
            10,
            40,
            random => 3 * random.Normal(),
            random => random.Normal()),
        Welch("Welch: lognormal values (sigma 1), 1,000 units each", effort.Of(20_000), 126, 1_000, 1_000, Lognormal.Draw, Lognormal.Draw),
        .. Ratio(effort.Of(20_000), 127),
        .. Quantiles(effort.Of(20_000), 128, 0.5),
        .. Quantiles(effort.Of(20_000), 129, 0.9),
        .. Adjusted(effort.Of(20_000), 130),
        .. Credible(effort.Of(40_000), 131),
    ];

    private static LognormalTable Lognormal { get; } = new(1);

    private static Figure Wilson(int runs, ulong stream, int units, double rate, double? least, double? most)
    {
        var table = DiscreteTable.Binomial(units, rate);
        var covers = Runs.Count(runs, stream, 1, (random, hits) =>
            hits[0] = Contains(WilsonInterval.Compute(new ConversionCounts(units, table.Draw(random)), 0.95).Value, rate));
        return Figure.Rate($"Wilson: {units:N0} units, {rate:P0}", Covers, covers[0], runs, least, most);
    }

    /// <summary>Any one rate is covered a little more or less often than 95 %, as counts are whole; on average 95 % are.</summary>
    private static Figure WilsonOverRates(int runs, ulong stream)
    {
        const int Units = 100;
        var covers = Runs.Count(runs, stream, 1, (random, hits) =>
        {
            var rate = random.Uniform();
            hits[0] = Contains(WilsonInterval.Compute(Conversions(random, Units, rate), 0.95).Value, rate);
        });
        return Figure.Rate("Wilson: 100 units, rates drawn evenly from 0 to 1", Covers, covers[0], runs, 0.945, 0.955);
    }

    private static Figure Welch(
        string setting, int runs, ulong stream, int controlUnits, int treatmentUnits, Func<Pcg, double> control, Func<Pcg, double> treatment)
    {
        var covers = Runs.Count(runs, stream, 1, (random, hits) => hits[0] = Contains(
            MeanDifferenceTest.Welch(Draws(controlUnits, random, control), Draws(treatmentUnits, random, treatment)).Value.Interval, 0));
        return Figure.Rate(setting, Covers, covers[0], runs, 0.94, 0.96);
    }

    /// <summary>Clicks by views, where units differ in both.</summary>
    private static IEnumerable<Figure> Ratio(int runs, ulong stream)
    {
        const int Units = 300;
        var views = DiscreteTable.Poisson(8);
        var counts = Runs.Count(runs, stream, 2, (random, hits) =>
        {
            var pairs = new PairedSummary[2];
            var visits = new ConversionCounts[2];
            for (var v = 0; v < 2; v++)
            {
                double[] x = new double[Units], y = new double[Units];
                for (var i = 0; i < Units; i++)
                {
                    var rate = random.Uniform() * 0.6;
                    x[i] = 1 + views.Draw(random);
                    y[i] = Conversions(random, (int)x[i], rate).Conversions;
                }

                pairs[v] = PairedSummary.FromValues(x, y).Value;
                visits[v] = new ConversionCounts((long)x.Sum(), (long)y.Sum());
            }

            hits[0] = Contains(RatioMetric.Difference(pairs[0], pairs[1]).Value.Interval, 0);
            hits[1] = Contains(TwoProportionTest.Compute(visits[0], visits[1]).Value.Interval, 0);
        });
        const string Setting = "ratio: 300 units per variant with 1 view and more";
        yield return Figure.Rate(Setting, $"delta method: {Covers}", counts[0], runs, 0.94, 0.96);
        yield return Figure.Rate(Setting, $"views as if independent: {Covers}", counts[1], runs, null, 0.9);
    }

    private static IEnumerable<Figure> Quantiles(int runs, ulong stream, double quantile)
    {
        const int Units = 300;
        var rows = DiscreteTable.Poisson(4);
        var counts = Runs.Count(runs, stream, 2, (random, hits) =>
        {
            var clustered = new QuantileEstimate[2];
            var independent = new QuantileEstimate[2];
            for (var v = 0; v < 2; v++)
            {
                var values = new List<QuantileRow>();
                for (var unit = 0; unit < Units; unit++)
                {
                    var level = random.Normal();
                    for (var row = rows.Draw(random); row >= 0; row--)
                        values.Add(new QuantileRow(unit, level + (0.7 * random.Normal())));
                }

                clustered[v] = QuantileMetric.Clustered(values, quantile).Value;
                independent[v] = QuantileMetric.Independent([.. values.Select(row => row.Value)], quantile).Value;
            }

            hits[0] = Contains(QuantileDifference.Compute(clustered[0], clustered[1]).Value.Interval, 0);
            hits[1] = Contains(QuantileDifference.Compute(independent[0], independent[1]).Value.Interval, 0);
        });
        var setting = $"quantile {quantile}: 300 units per variant with 1 row and more";
        yield return Figure.Rate(setting, $"clustered by unit: {Covers}", counts[0], runs, 0.94, 0.965);
        yield return Figure.Rate(setting, $"rows as if independent: {Covers}", counts[1], runs, null, 0.9);
    }

    private static IEnumerable<Figure> Adjusted(int runs, ulong stream)
    {
        const int Units = 200;
        const double Correlation = 0.7;
        var results = Runs.Map(runs, stream, random =>
        {
            double[][] x = [new double[Units], new double[Units]], y = [new double[Units], new double[Units]];
            for (var v = 0; v < 2; v++)
            {
                for (var i = 0; i < Units; i++)
                {
                    x[v][i] = random.Normal();
                    y[v][i] = (Correlation * x[v][i]) + (Math.Sqrt(1 - (Correlation * Correlation)) * random.Normal());
                }
            }

            return (Plain: y[1].Average() - y[0].Average(), Adjusted: Cuped.Difference(x[0], y[0], x[1], y[1]).Value);
        });
        var ratio = results.Sum(r => r.Adjusted.Effect * r.Adjusted.Effect) / results.Sum(r => r.Plain * r.Plain);
        const string Setting = "CUPED: 200 units per variant, correlation 0.7";

        // The ratio of two correlated chi-squares: its relative error is 2 rho / sqrt(runs).
        var error = ratio * 2 * Correlation / Math.Sqrt(runs);
        yield return new Figure(Setting, "variance over that without (1 - 0.7^2 = 0.51)", ratio, error, runs, 0.49, 0.53);
        var covered = results.LongCount(r => Math.Abs(r.Adjusted.Effect) <= 1.959963984540054 * r.Adjusted.StandardError);
        yield return Figure.Rate(Setting, Covers, covered, runs, 0.94, 0.96);
    }

    /// <summary>Rates drawn from the prior: then, and only then, a credible interval covers as often as it says.</summary>
    private static IEnumerable<Figure> Credible(int runs, ulong stream)
    {
        const int Units = 200;
        var results = Runs.Map(runs, stream, random =>
        {
            double rateA = random.Uniform(), rateB = random.Uniform();
            var a = BetaPosterior.Uniform.Update(Conversions(random, Units, rateA));
            var b = BetaPosterior.Uniform.Update(Conversions(random, Units, rateB));
            var equal = a.EqualTailedInterval(0.95);
            var densest = a.HighestDensityInterval(0.95).Value;
            var difference = BetaComparison.DifferenceInterval(a, b, 0.95);
            return (
                Equal: equal.Lower <= rateA && rateA <= equal.Upper,
                Densest: densest.Lower <= rateA && rateA <= densest.Upper,
                Difference: difference.Lower <= rateB - rateA && rateB - rateA <= difference.Upper,
                Surprise: (rateB > rateA ? 1 : 0) - BetaComparison.ProbabilityBetter(a, b).BGreater);
        });
        const string Setting = "200 units, rates drawn from the prior";
        yield return Figure.Rate(Setting, $"equal-tailed: {Covers}", results.LongCount(r => r.Equal), runs, 0.945, 0.955);
        yield return Figure.Rate(Setting, $"highest density: {Covers}", results.LongCount(r => r.Densest), runs, 0.945, 0.955);
        yield return Figure.Rate(Setting, $"difference: {Covers}", results.LongCount(r => r.Difference), runs, 0.945, 0.955);
        yield return Figure.Mean(Setting, "better or not, minus P(better)", [.. results.Select(r => r.Surprise)], -0.005, 0.005);
    }

    private static bool Contains(ConfidenceInterval interval, double value) => interval.Lower <= value && value <= interval.Upper;

    private static ConversionCounts Conversions(Pcg random, int units, double rate)
    {
        var conversions = 0;
        for (var i = 0; i < units; i++)
            conversions += random.Uniform() < rate ? 1 : 0;
        return new ConversionCounts(units, conversions);
    }

    private static double[] Draws(int units, Pcg random, Func<Pcg, double> draw)
    {
        var values = new double[units];
        for (var i = 0; i < units; i++)
            values[i] = draw(random);
        return values;
    }
}
