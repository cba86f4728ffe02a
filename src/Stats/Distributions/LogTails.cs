using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Distributions;

/// <summary>Natural logarithms of both tails of a distribution at one point.</summary>
/// <param name="Lower">ln P(X at most x), at most 0, -infinity when the probability is zero.</param>
/// <param name="Upper">ln P(X greater than x).</param>
internal readonly record struct LogTails(double Lower, double Upper)
{
    public static LogTails AllBelow { get; } = new(0, double.NegativeInfinity);

    public static LogTails AllAbove { get; } = new(double.NegativeInfinity, 0);

    public static LogTails FromLower(double logLower)
    {
        var capped = Math.Min(logLower, 0);
        return new LogTails(capped, Elementary.LogOneMinusExp(capped));
    }

    public static LogTails FromUpper(double logUpper) => FromLower(logUpper).Mirror();

    public LogTails Mirror() => new(Upper, Lower);

    public double Of(Tail tail) => tail switch
    {
        Tail.Lower => Lower,
        Tail.Upper => Upper,
        _ => throw new ArgumentOutOfRangeException(nameof(tail), tail, "Must be one of the named values."),
    };
}
