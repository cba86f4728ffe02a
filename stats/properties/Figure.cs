using Splitstream.Stats.Frequentist;

namespace Splitstream.Properties;

/// <summary>One figure of a study and what it has to keep.</summary>
/// <param name="Setting">What was simulated.</param>
/// <param name="Measure">What the value is.</param>
/// <param name="Value">As found.</param>
/// <param name="Error">Its Monte Carlo standard error.</param>
/// <param name="Runs">Independent runs behind it.</param>
/// <param name="Least">Null when nothing is asked for.</param>
/// <param name="Most">Null when nothing is asked for.</param>
/// <param name="Upper">One-sided 95 % upper limit where that is what <paramref name="Most"/> is held against; else null.</param>
public sealed record Figure(
    string Setting, string Measure, double Value, double Error, long Runs, double? Least = null, double? Most = null, double? Upper = null)
{
    /// <summary>Null when nothing is asked for.</summary>
    public bool? Holds => Least is null && Most is null ? null : !(Value < Least) && !((Upper ?? Value) > Most);

    /// <summary>False only when chance does not explain that the bound is missed: what few runs can be asked for.</summary>
    public bool IsPlausible => !(Value + (5 * Error) < Least) && !(Value - (5 * Error) > Most);

    /// <summary>A share of runs, which may have to lie in a range.</summary>
    public static Figure Rate(string setting, string measure, long count, long runs, double? least = null, double? most = null) =>
        new(setting, measure, (double)count / runs, ErrorOfRate(count, runs), runs, least, most);

    /// <summary>A share of runs whose one-sided 95 % upper limit has to keep a bound.</summary>
    public static Figure RateBelow(string setting, string measure, long count, long runs, double most) =>
        Rate(setting, measure, count, runs, null, most) with { Upper = ClopperPearsonInterval.UpperBound(count, runs) };

    /// <summary>Difference of two shares that must be within <paramref name="z"/> of its standard errors.</summary>
    public static Figure Difference(string setting, string measure, long count, long runs, long otherCount, long otherRuns, double z)
    {
        double a = ErrorOfRate(count, runs), b = ErrorOfRate(otherCount, otherRuns), error = Math.Sqrt((a * a) + (b * b));
        return new Figure(setting, measure, (double)count / runs - ((double)otherCount / otherRuns), error, runs, -z * error, z * error);
    }

    /// <summary>Mean of one value per run.</summary>
    public static Figure Mean(string setting, string measure, IReadOnlyList<double> values, double? least = null, double? most = null)
    {
        var mean = values.Average();
        var variance = values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1);
        return new Figure(setting, measure, mean, Math.Sqrt(variance / values.Count), values.Count, least, most);
    }

    /// <summary>Of a share; with a half added to both sides, so that 0 and all have one.</summary>
    private static double ErrorOfRate(long count, long runs)
    {
        var rate = (count + 0.5) / (runs + 1);
        return Math.Sqrt(rate * (1 - rate) / runs);
    }
}
