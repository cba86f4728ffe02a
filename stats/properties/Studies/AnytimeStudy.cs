using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Properties.Studies;

/// <summary>Methods that may be watched all the time: how often they find a difference where there is none, and one that is.</summary>
public static class AnytimeStudy
{
    private const double Alpha = 0.05;
    private const int Looks = 28 * 96;
    private const int UnitsPerDay = 4_000;
    private const int Methods = 3;

    private static readonly double Needed = -Elementary.Log(Alpha);
    private static readonly long[] OptimalUnits = [20_000, 2_000];
    private static readonly string[] Names = ["asymptotic confidence sequence", "mSPRT", "two-sample e-process"];

    public static IReadOnlyList<Figure> Run(Effort effort) =>
    [
        .. Conversions(effort.Of(20_000), 1, 0.1, 0.1),
        .. Conversions(effort.Of(20_000), 2, 0.01, 0.01),
        .. Conversions(effort.Of(4_000), 3, 0.1, 0.106),
        .. Lognormal(effort.Of(20_000), 4),
        Betting(effort.Of(20_000), 5, "10 % conversion, one sample", 0.1, random => random.Uniform() < 0.1 ? 1 : 0),
        Betting(
            effort.Of(20_000), 6, "one sample of values in [0, 1], square of a uniform one", 1.0 / 3, random => Square(random.Uniform())),
    ];

    private static IEnumerable<Figure> Conversions(int runs, ulong stream, double controlRate, double treatmentRate)
    {
        DiscreteTable[] control = Tables(controlRate), treatment = Tables(treatmentRate);
        var paper = Methods * OptimalUnits.Length;
        var counts = Runs.Count(runs, stream, paper + 1, (random, rejects) =>
        {
            TwoSampleEProcess[] processes =
            [
                .. OptimalUnits.Select(optimal => TwoSampleEProcess.Start(BetaPosterior.Uniform, Shrinkage(optimal))),
                TwoSampleEProcess.Start(BetaPosterior.Uniform, 0),
            ];
            long units = 0, a = 0, b = 0;
            for (var look = 0; look < Looks; look++)
            {
                var now = UnitsAt(look);
                var added = (int)(now - units);
                units = now;
                int newA = control[added].Draw(random), newB = treatment[added].Draw(random);
                (a, b) = (a + newA, b + newB);
                var (blockA, blockB) = (new ConversionCounts(added, newA), new ConversionCounts(added, newB));
                for (var i = 0; i < processes.Length; i++)
                {
                    processes[i] = processes[i].Look(blockA, blockB).Value;
                    rejects[i < OptimalUnits.Length ? (i * Methods) + 2 : paper] |= processes[i].LogEValue >= Needed;
                }

                double rateA = (double)a / units, rateB = (double)b / units, rate = (rateA + rateB) / 2;
                var variance = (rateA * (1 - rateA)) + (rateB * (1 - rateB));
                Judge(rejects, rateB - rateA, units, variance, rate * (1 - rate), controlRate * (1 - controlRate));
            }
        });
        const string Paper = "two-sample e-process, no shrinkage";
        var (setting, unequal) = ($"{controlRate:P0} conversion", $"{controlRate:P0} against {treatmentRate:P1} conversion");
        return controlRate == treatmentRate
            ? TypeOne(setting, counts, runs, Methods).Append(Figure.RateBelow(setting, $"type I: {Paper}", counts[paper], runs, Alpha))
            : OptimalUnits.SelectMany((optimal, i) => Enumerable.Range(0, Methods).Select(m => Figure.Rate(
                    unequal, $"power: {Names[m]}, n_opt {optimal:N0}", counts[(i * Methods) + m], runs)))
                .Append(Figure.Rate(unequal, $"power: {Paper}", counts[paper], runs));

        DiscreteTable[] Tables(double rate) => [.. Enumerable.Range(0, 23).Select(n => DiscreteTable.Binomial(n, rate))];
    }

    private static IEnumerable<Figure> Lognormal(int runs, ulong stream)
    {
        var values = new LognormalTable(1);
        var counts = Runs.Count(runs, stream, Methods * OptimalUnits.Length, (random, rejects) =>
        {
            long units = 0;
            double a = 0, b = 0, squaresA = 0, squaresB = 0;
            for (var look = 0; look < Looks; look++)
            {
                var now = UnitsAt(look);
                for (; units < now; units++)
                {
                    double x = values.Draw(random), y = values.Draw(random);
                    (a, b, squaresA, squaresB) = (a + x, b + y, squaresA + (x * x), squaresB + (y * y));
                }

                double meanA = a / units, meanB = b / units;
                var varianceA = (squaresA - (units * meanA * meanA)) / (units - 1);
                var varianceB = (squaresB - (units * meanB * meanB)) / (units - 1);
                Judge(rejects, meanB - meanA, units, varianceA + varianceB, (varianceA + varianceB) / 2, values.Variance);
            }
        });
        return TypeOne("lognormal values (sigma 1)", counts, runs, 2);
    }

    /// <summary>Neither e-value passes 1/alpha unless z^2/2 does.</summary>
    /// <param name="variance">Of the difference, times the units.</param>
    /// <param name="pooled">Of one unit, from the data.</param>
    /// <param name="planned">Of one unit, as the tuning took it before the start.</param>
    private static void Judge(bool[] rejects, double difference, long units, double variance, double pooled, double planned)
    {
        if (!(pooled > 0) || !(variance > 0) || difference * difference * units < 2 * Needed * Math.Min(variance, 2 * pooled))
            return;
        for (var i = 0; i < OptimalUnits.Length; i++)
        {
            var rho = AsymptoticConfidenceSequence.Rho(OptimalUnits[i], Alpha);
            rejects[i * Methods] |= AsymptoticConfidenceSequence
                .ForDifference(difference, Math.Sqrt(variance / units), units, OptimalUnits[i], Alpha).Value.LogEValue >= Needed;
            rejects[(i * Methods) + 1] |=
                MixtureSequentialTest.LogLikelihoodRatio(difference, units, pooled, 2 * planned * rho * rho) >= Needed;
        }
    }

    private static IEnumerable<Figure> TypeOne(string setting, long[] counts, int runs, int methods) =>
        OptimalUnits.SelectMany((optimal, i) => Enumerable.Range(0, methods).Select(m =>
            Figure.RateBelow(setting, $"type I: {Names[m]}, n_opt {optimal:N0}", counts[(i * Methods) + m], runs, Alpha)));

    /// <summary>The true mean leaves the running interval after some unit.</summary>
    private static Figure Betting(int runs, ulong stream, string setting, double mean, Func<Pcg, double> draw)
    {
        const int Units = 1_000;
        var missed = Runs.Count(runs, stream, 1, (random, misses) =>
        {
            var values = new double[Units];
            for (var i = 0; i < Units; i++)
                values[i] = draw(random);
            misses[0] = !BettingSequence.Interval(values, Alpha).TryGet(out var result, out _)
                || result.Running.Lower > mean || result.Running.Upper < mean;
        });
        return Figure.RateBelow(setting, $"type I: betting, watched after each of {Units:N0} units", missed[0], runs, Alpha);
    }

    private static double Shrinkage(long optimal)
    {
        var rho = AsymptoticConfidenceSequence.Rho(optimal, Alpha);
        return 1 / (rho * rho);
    }

    private static long UnitsAt(int look) => UnitsPerDay * (look + 1L) / (96 * 2);

    private static double Square(double x) => x * x;
}
