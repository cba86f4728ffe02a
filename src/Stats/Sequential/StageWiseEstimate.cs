using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>
/// An effect after a test that could stop early, without the exaggeration that stopping brings: the median-unbiased estimate and the
/// interval of stage-wise ordering.
/// </summary>
/// <param name="Effect">As likely too high as too low, in units of the metric.</param>
/// <param name="Interval">Covers the true effect with its level, whenever the test stopped.</param>
/// <remarks>
/// Armitage 1957; Tsiatis, Rosner and Mehta 1984; Jennison and Turnbull 2000, section 8.4. Outcomes are ordered by boundary crossed
/// upwards, the earlier the more extreme, then by the statistic at the last look. The chance of an outcome at least as extreme grows with
/// the effect, so that it can be solved for one half and for both ends.
/// </remarks>
public sealed record StageWiseEstimate(double Effect, ConfidenceInterval Interval)
{
    /// <summary>The adjusted estimate.</summary>
    /// <param name="boundaries">|Z| at which each earlier look would have stopped; above 0. Empty for a single look.</param>
    /// <param name="information">Of each earlier look and the last one, rising, above 0; in any unit.</param>
    /// <param name="effect">The plain estimate at the last look.</param>
    /// <param name="standardError">Its standard error, above 0.</param>
    /// <param name="level">Of the interval, in (0, 1).</param>
    /// <returns>Inconclusive when the looks are too close together or the effect too far out to be resolved.</returns>
    public static Computed<StageWiseEstimate> Compute(
        IReadOnlyList<double> boundaries, IReadOnlyList<double> information, double effect, double standardError, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(boundaries);
        ArgumentNullException.ThrowIfNull(information);
        Guard.Finite(effect);
        Guard.Positive(standardError);
        Guard.Probability(level);
        if (information.Count != boundaries.Count + 1 || information.Count > GroupSequential.MaximumLooks)
            throw new ArgumentException($"Needs one boundary per look but the last, and at most {GroupSequential.MaximumLooks} looks.", nameof(information));
        for (var k = 0; k < information.Count; k++)
        {
            if (!(information[k] > (k == 0 ? 0 : information[k - 1]) && double.IsFinite(information[k])))
                throw new ArgumentException("Information must rise and be above 0.", nameof(information));
        }

        foreach (var boundary in boundaries)
            Guard.Positive(boundary, nameof(boundaries));
        var z = effect / standardError;
        double[] fractions = [.. information.Select(value => value / information[^1])];
        var outside = (1 - level) / 2;
        var (low, middle, high) = (Solve(outside), Solve(0.5), Solve(1 - outside));
        return double.IsFinite(low) && double.IsFinite(middle) && double.IsFinite(high)
            ? new StageWiseEstimate(
                middle * standardError, new ConfidenceInterval(low * standardError, high * standardError, level))
            : new Inconclusive(Inconclusive.NoSolution, "The looks are too close together, or the effect is too far out.");

        // In deviates the chance is nearly a straight line of slope 1 in the drift, which is the expected Z at the last look.
        double Solve(double chance)
        {
            var wanted = NormalDistribution.Quantile(chance, Tail.Lower);
            return MonotoneRoot.Solve(
                drift => (NormalDistribution.Quantile(Math.Clamp(AtLeast(drift), 1e-300, 1 - 1e-16), Tail.Lower) - wanted, 1), z + wanted, 1, 1e-7);
        }

        double AtLeast(double drift)
        {
            var surviving = SurvivingDensity.Start(fractions[0], drift);
            var sum = 0.0;
            for (var k = 0; k < boundaries.Count; k++)
            {
                sum += surviving.UpperTail(boundaries[k]).Probability;
                surviving = surviving.Advance(-boundaries[k], boundaries[k], fractions[k + 1]);
            }

            return sum + surviving.UpperTail(z).Probability;
        }
    }
}
