using System.Globalization;

namespace Splitstream.Cli.Evaluation;

/// <summary>A range that a number of the input must keep.</summary>
/// <param name="Holds">Whether a finite number is in it.</param>
/// <param name="Must">What to tell who breaks it, after "must".</param>
internal sealed record NumberRule(Func<double, bool> Holds, string Must)
{
    private const double LargestCount = 9007199254740992;

    /// <summary>Any finite number.</summary>
    public static NumberRule Any { get; } = new(_ => true, "be a number");

    public static NumberRule Positive { get; } = new(value => value > 0, "be above zero");

    public static NumberRule NotNegative { get; } = new(value => value >= 0, "not be negative");

    public static NumberRule NotZero { get; } = new(value => value != 0, "not be zero");

    public static NumberRule Probability { get; } = new(value => value is > 0 and < 1, "lie strictly between 0 and 1");

    /// <summary>A share, ends included.</summary>
    public static NumberRule Share { get; } = Between(0, 1);

    /// <summary>A share above zero.</summary>
    public static NumberRule PositiveShare { get; } = new(value => value is > 0 and <= 1, "lie above 0 and not above 1");

    /// <summary>A whole number; <c>12.0</c> counts.</summary>
    public static NumberRule Count { get; } = CountBetween(0, LargestCount);

    public static NumberRule Bit { get; } = new(value => value is 0 or 1, "be 0 or 1");

    public static NumberRule Between(double least, double most) =>
        new(value => value >= least && value <= most, $"lie between {Write(least)} and {Write(most)}");

    public static NumberRule CountFrom(double least) => CountBetween(least, LargestCount);

    public static NumberRule CountBetween(double least, double most) => new(
        value => value >= least && value <= most && double.IsInteger(value), $"be a whole number from {Write(least)} to {Write(most)}");

    /// <summary>This range without one of its numbers, which another field has.</summary>
    public NumberRule OtherThan(double taken, string owner) =>
        new(value => Holds(value) && value != taken, $"{Must} and differ from {owner}");

    private static string Write(double value) => value.ToString(CultureInfo.InvariantCulture);
}
