using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Srm;

namespace Splitstream.Properties.Studies;

/// <summary>Sample ratio mismatch checked every five minutes for 28 days: false alarms, and how a loss is found.</summary>
public static class SampleRatioStudy
{
    private const int Checks = 28 * 288;
    private const double Alpha = 0.001;
    private const double Loss = 0.05;

    /// <summary>The chi-square test is not asked before; its p-value is not one for a handful of units.</summary>
    private const long FewestUnits = 100;

    private static readonly (double Alpha, double Concentration)[] Sequential = [(0.001, 100), (0.01, 1_000), (0.05, 100)];
    private static readonly double[] FixedLevels = [0.001, 0.01, 0.05];

    public static IReadOnlyList<Figure> Run(Effort effort) =>
    [
        .. Alarms(effort.Of(20_000), 31, [1, 1], 4_000),
        .. Alarms(effort.Of(20_000), 32, [8, 1, 1], 4_000),
        .. Detection(effort.Of(20_000), 33, 4_000),
        .. Epochs(effort.Of(20_000), 34, 4_000),
        .. Epochs(effort.Of(20_000), 35, 2_000),
    ];

    private static IEnumerable<Figure> Alarms(int runs, ulong stream, double[] weights, double unitsPerDay)
    {
        var arrivals = weights.Select(weight => DiscreteTable.Poisson(unitsPerDay / 288 * weight / weights.Sum())).ToArray();
        var counts = Runs.Count(runs, stream, Sequential.Length + (2 * FixedLevels.Length), (random, alarms) =>
        {
            var units = new long[weights.Length];
            double highest = 0, last = 0;
            for (var check = 0; check < Checks; check++)
            {
                for (var v = 0; v < units.Length; v++)
                    units[v] += arrivals[v].Draw(random);
                if (units.Sum() == 0)
                    continue;
                last = ChiSquare(units, weights);
                if (units.Sum() >= FewestUnits)
                    highest = Math.Max(highest, last);
                if (CannotAlarm(units, weights, last))
                    continue;
                for (var i = 0; i < Sequential.Length; i++)
                {
                    alarms[i] |= MultinomialEProcess.LogBayesFactor(units, weights, Sequential[i].Concentration).Value
                        >= -Elementary.Log(Sequential[i].Alpha);
                }
            }

            for (var i = 0; i < FixedLevels.Length; i++)
            {
                var critical = ChiSquareDistribution.Quantile(FixedLevels[i], weights.Length - 1, Tail.Upper);
                alarms[Sequential.Length + i] = highest >= critical;
                alarms[Sequential.Length + FixedLevels.Length + i] = last >= critical;
            }
        });
        var setting = $"weights {string.Join(':', weights)}, {unitsPerDay:N0} units a day, nothing lost";
        return Sequential.Select((test, i) => Figure.RateBelow(
                setting, $"e-process at {test.Alpha}, concentration {test.Concentration:N0}: alarms", counts[i], runs, test.Alpha))
            .Concat(FixedLevels.Select((level, i) => Figure.Rate(
                setting, $"chi-square below {level} at any check: alarms", counts[Sequential.Length + i], runs)))
            .Concat(FixedLevels.Select((level, i) => Figure.Rate(
                setting, $"chi-square below {level} at the last check: alarms", counts[Sequential.Length + FixedLevels.Length + i], runs)));
    }

    private static IEnumerable<Figure> Detection(int runs, ulong stream, double unitsPerDay)
    {
        double[] weights = [1, 1];
        DiscreteTable[] arrivals = [DiscreteTable.Poisson(unitsPerDay / 576), DiscreteTable.Poisson(unitsPerDay / 576 * (1 - Loss))];
        var days = Runs.Map(runs, stream, random =>
        {
            var units = new long[2];
            for (var check = 1; check <= Checks; check++)
            {
                units[0] += arrivals[0].Draw(random);
                units[1] += arrivals[1].Draw(random);
                if (units.Sum() > 0 && !CannotAlarm(units, weights, ChiSquare(units, weights))
                    && MultinomialEProcess.LogBayesFactor(units, weights).Value >= -Elementary.Log(Alpha))
                    return check / 288.0;
            }

            return double.PositiveInfinity;
        });
        var setting = $"weights 1:1, {unitsPerDay:N0} units a day, 5 % of one variant lost";
        var sorted = days.Order().ToArray();
        yield return Figure.Rate(setting, "e-process at 0.001: found within 28 days", days.LongCount(double.IsFinite), runs, 0.9);
        yield return new Figure(setting, "e-process at 0.001: median days until found", sorted[runs / 2], 0, runs);
    }

    /// <summary>Two epochs, 90/10 and 10/90: as the product tests them, and with counts and expectations pooled.</summary>
    private static IEnumerable<Figure> Epochs(int runs, ulong stream, double unitsPerDay)
    {
        const int Daily = 14;
        double[][] weights = [[9, 1], [1, 9]];
        foreach (var lost in new[] { 0, Loss })
        {
            // Checked every day: epochs keep their own counts.
            var arrivals = weights
                .Select(w => new[] { w[0], w[1] * (1 - lost) }.Select(x => DiscreteTable.Poisson(unitsPerDay * x / 10)).ToArray())
                .ToArray();
            var counts = Runs.Count(runs, (stream * 10) + (lost > 0 ? 1UL : 0), 4, (random, found) =>
            {
                SampleRatioEpoch[] epochs = [new(new long[2], weights[0]), new(new long[2], weights[1])];
                for (var day = 0; day < 2 * Daily; day++)
                {
                    var units = (long[])epochs[day / Daily].Observed;
                    units[0] += arrivals[day / Daily][0].Draw(random);
                    units[1] += arrivals[day / Daily][1].Draw(random);
                    found[0] |= MultinomialEProcess.LogBayesFactor(epochs).Value >= -Elementary.Log(Alpha);
                }

                var stratified = SampleRatioTest.Stratified(epochs).Value;
                found[1] = stratified.P < Alpha;
                found[2] = stratified.P < 0.05;
                long[] pooled = [epochs[0].Observed[0] + epochs[1].Observed[0], epochs[0].Observed[1] + epochs[1].Observed[1]];
                found[3] = SampleRatioTest.Compute(pooled, stratified.Expected).Value.P < Alpha;
            });
            var setting = $"90:10 then 10:90, {unitsPerDay:N0} units a day, {(lost > 0 ? "5 % of one variant lost" : "nothing lost")}";
            yield return lost == 0
                ? Figure.RateBelow(setting, "product of e-processes at 0.001, daily: alarms", counts[0], runs, Alpha)
                : Figure.Rate(setting, "product of e-processes at 0.001, daily: found", counts[0], runs);
            var (least, most) = lost > 0 ? (0.25, (double?)null) : (0.0002, 0.0018);
            yield return Figure.Rate(setting, "summed chi-square below 0.001: found", counts[1], runs, least, most);
            if (lost == 0)
                yield return Figure.Rate(setting, "summed chi-square below 0.05: found", counts[2], runs, 0.045, 0.055);
            yield return Figure.Rate(setting, "pooled chi-square below 0.001: found", counts[3], runs);
        }
    }

    /// <summary>
    /// A mixture is never above the likelihood ratio of the best shares, n times the divergence of the observed shares from the planned
    /// ones; and that is at most chi-square (the divergence is at most ln(1 + chi-square / n)).
    /// </summary>
    private static bool CannotAlarm(long[] units, double[] weights, double chiSquare)
    {
        var needed = -Elementary.Log(0.05);
        if (chiSquare < needed)
            return true;
        double total = units.Sum(), all = weights.Sum(), logRatio = 0;
        for (var v = 0; v < units.Length; v++)
            logRatio += units[v] == 0 ? 0 : units[v] * Elementary.Log(units[v] / (total * weights[v] / all));
        return logRatio < needed;
    }

    private static double ChiSquare(long[] units, double[] weights)
    {
        double total = units.Sum(), all = weights.Sum(), sum = 0;
        for (var v = 0; v < units.Length; v++)
        {
            var expected = total * weights[v] / all;
            sum += (units[v] - expected) * (units[v] - expected) / expected;
        }

        return sum;
    }
}
