using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.VarianceReduction;

/// <summary>
/// Post-stratification: the effect within strata that were fixed before the experiment, weighted by the strata's sizes, so that a chance
/// imbalance between them costs nothing.
/// </summary>
/// <remarks>
/// Miratrix, Sekhon and Yu 2013 (JRSS B 75): effect = sum of n_k/n (m_t,k - m_c,k), variance, given how the strata were split,
/// sum of (n_k/n)^2 (s_t,k^2/n_t,k + s_c,k^2/n_c,k). Many tiny strata can cost more than they gain.
/// </remarks>
public static class PostStratification
{
    /// <summary>Estimates and tests the effect; level in (0, 1).</summary>
    /// <param name="strata">Every unit in exactly one of them; those without units are left out.</param>
    /// <returns>
    /// Inconclusive without units, when a stratum has fewer than two units in a variant (merge it with another; leaving it out would
    /// change the population), or when nothing varies.
    /// </returns>
    public static Computed<PostStratificationResult> Compute(IReadOnlyList<PostStratum> strata, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(strata);
        Guard.Probability(level);
        var used = strata.Where(s => s.Control.Units + s.Treatment.Units > 0).ToArray();
        if (used.Length == 0)
            return new Inconclusive(Inconclusive.NoUnits, "No stratum has units.");
        if (used.Any(s => s.Control.Units < 2 || s.Treatment.Units < 2))
            return new Inconclusive(Inconclusive.TooFewUnits, "Every stratum needs two units in each variant.");
        double total = used.Sum(s => s.Control.Units + s.Treatment.Units);
        double effect = 0, variance = 0, curvature = 0;
        foreach (var stratum in used)
        {
            var weight = (stratum.Control.Units + stratum.Treatment.Units) / total;
            var control = weight * weight * stratum.Control.VarianceOfMean;
            var treatment = weight * weight * stratum.Treatment.VarianceOfMean;
            effect += weight * (stratum.Treatment.Mean - stratum.Control.Mean);
            variance += control + treatment;
            curvature += control * control / (stratum.Control.Units - 1) + treatment * treatment / (stratum.Treatment.Units - 1);
        }

        if (!(variance > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "Nothing varies inside the strata.");
        var error = Math.Sqrt(variance);
        var degrees = variance * variance / curvature;
        var t = effect / error;
        if (!double.IsFinite(t) || !double.IsFinite(degrees))
            return new Inconclusive(Inconclusive.Overflow, "The means or variances are outside the range of a double.");
        var half = StudentDistribution.Quantile((1 - level) / 2, degrees, Tail.Upper) * error;
        return double.IsFinite(half) && double.IsFinite(effect + half)
            ? new PostStratificationResult(
                effect,
                error,
                t,
                degrees,
                StudentDistribution.TwoSided(t, degrees),
                new ConfidenceInterval(effect - half, effect + half, level),
                used.Length)
            : new Inconclusive(Inconclusive.Overflow, "The interval is outside the range of a double.");
    }
}
