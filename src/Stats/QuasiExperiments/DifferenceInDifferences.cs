using Splitstream.Stats.Numerics;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.QuasiExperiments;

/// <summary>Two groups, two periods, four means: what the treated changed beyond what the control changed.</summary>
/// <remarks>
/// Card and Krueger 1994; Angrist and Pischke 2009, section 5.2. Causal only if both groups would have changed alike without the
/// treatment. The four cells count as independent samples: the same units before and after, or units in clusters, need
/// <see cref="ClusterRobust"/> errors instead.
/// </remarks>
public static class DifferenceInDifferences
{
    /// <summary>(treatedAfter - treatedBefore) - (controlAfter - controlBefore), se = sqrt(sum of s^2/n).</summary>
    /// <returns>Inconclusive when a cell has no units, or when a figure is not finite.</returns>
    public static Computed<DifferenceInDifferencesResult> Compute(
        SampleSummary treatedBefore, SampleSummary treatedAfter, SampleSummary controlBefore, SampleSummary controlAfter)
    {
        ArgumentNullException.ThrowIfNull(treatedBefore);
        ArgumentNullException.ThrowIfNull(treatedAfter);
        ArgumentNullException.ThrowIfNull(controlBefore);
        ArgumentNullException.ThrowIfNull(controlAfter);
        SampleSummary[] cells = [treatedBefore, treatedAfter, controlBefore, controlAfter];
        if (cells.Any(cell => cell.Units < 1))
            return new Inconclusive(Inconclusive.NoUnits, "One of the four cells has no units.");

        // With the rounding errors of all three subtractions: a small effect on large means keeps its digits.
        var (treated, treatedLost) = Compensated.Add(treatedAfter.Mean, -treatedBefore.Mean);
        var (control, controlLost) = Compensated.Add(controlAfter.Mean, -controlBefore.Mean);
        var (difference, lost) = Compensated.Add(treated, -control);
        var estimate = difference + (lost + (treatedLost - controlLost));
        var standardError = Math.Sqrt(cells.Sum(cell => cell.VarianceOfMean));
        return double.IsFinite(estimate) && double.IsFinite(standardError)
            ? new DifferenceInDifferencesResult(estimate, standardError)
            : new Inconclusive(Inconclusive.Overflow, "The estimate or its standard error is outside the range of a double.");
    }
}
