using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Capital of the two gamblers who bet on one candidate mean, as natural logarithms; both begin with a capital of one.</summary>
/// <param name="LogPlus">ln of the capital of the one who bets that the mean is higher.</param>
/// <param name="LogMinus">ln of the capital of the one who bets that it is lower.</param>
public sealed record BettingCapital(double LogPlus, double LogMinus)
{
    /// <summary>Capital of the one who bets on a higher mean; infinite when beyond a double.</summary>
    public double Plus => Elementary.Exp(LogPlus);

    /// <summary>Capital of the one who bets on a lower mean.</summary>
    public double Minus => Elementary.Exp(LogMinus);

    /// <summary>The hedged capital, max(plus, minus)/2: an e-value against the candidate mean.</summary>
    public double Hedged => Elementary.Exp(Math.Max(LogPlus, LogMinus) - Elementary.Ln2);
}
