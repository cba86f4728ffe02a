using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>An asymptotic confidence sequence at one look.</summary>
/// <param name="Rho">Tuning parameter; narrowest near the number of units it was chosen for.</param>
/// <param name="HalfWidth">Half the width of the interval, above 0.</param>
/// <param name="LogEValue">Natural logarithm of the evidence against an effect of zero; negative when the data favour it.</param>
/// <param name="Interval">Estimate -/+ half-width.</param>
public sealed record AsymptoticSequenceResult(double Rho, double HalfWidth, double LogEValue, ConfidenceSequence Interval)
{
    /// <summary>The evidence itself; infinite when beyond a double.</summary>
    public double EValue => Elementary.Exp(LogEValue);
}
