using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Regression;

/// <summary>A variance ratio and its p-value.</summary>
/// <param name="F">The ratio, at least 0.</param>
/// <param name="NumeratorDegrees">Its first degrees of freedom, above 0.</param>
/// <param name="DenominatorDegrees">Its second degrees of freedom, above 0.</param>
/// <param name="P">Upper tail of the F distribution, in [0, 1].</param>
public sealed record FTestResult(double F, double NumeratorDegrees, double DenominatorDegrees, double P)
{
    /// <summary>P(F at least f) = I_x(d2/2, d1/2) with x = d2/(d2 + d1 f).</summary>
    /// <remarks>DLMF 8.17; Abramowitz and Stegun 26.6.2.</remarks>
    internal static Computed<FTestResult> Compute(double f, double numeratorDegrees, double denominatorDegrees)
    {
        if (!double.IsFinite(f * numeratorDegrees))
            return new Inconclusive(Inconclusive.Overflow, "The variance ratio is not finite.");

        // The smaller of x and 1 - x is handed over with its own digits.
        var (within, between) = (denominatorDegrees, numeratorDegrees * f);
        var p = within < between
            ? BetaDistribution.Cdf(denominatorDegrees / 2, numeratorDegrees / 2, within / (within + between), Tail.Lower)
            : BetaDistribution.Cdf(numeratorDegrees / 2, denominatorDegrees / 2, between / (within + between), Tail.Upper);
        return new FTestResult(f, numeratorDegrees, denominatorDegrees, p);
    }
}
