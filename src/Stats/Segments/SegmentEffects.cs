using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Multiplicity;
using Splitstream.Stats.Regression;

namespace Splitstream.Stats.Segments;

/// <summary>
/// Effects by segment with their false discovery rate controlled, and two tests of whether they differ. That one segment is significant
/// and another is not says nothing about a difference between them; the tests of heterogeneity do.
/// </summary>
/// <remarks>
/// Benjamini and Hochberg 1995; Cochran 1954 for Q, which lets variances differ; the interaction F test assumes one variance. Segments
/// formed by what happened after the exposure are not segments but outcomes.
/// </remarks>
public static class SegmentEffects
{
    /// <summary>Tests every segment and compares them; level in (0, 1).</summary>
    /// <param name="segments">
    /// Every unit in at most one of them. A segment that allows no test keeps its reason and is left out elsewhere.
    /// </param>
    /// <exception cref="ArgumentException">Two segments of one name.</exception>
    public static SegmentReport Compute(IReadOnlyList<SegmentSamples> segments, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(segments);
        Guard.Probability(level);
        if (segments.Select(s => s.Name).Distinct().Count() != segments.Count)
            throw new ArgumentException("Every segment needs a name of its own.", nameof(segments));
        var tests = segments.Select(s => MeanDifferenceTest.Welch(s.Control, s.Treatment, level)).ToArray();
        var tested = Enumerable.Range(0, tests.Length).Where(i => tests[i].IsConclusive).ToArray();
        var adjusted = PValueAdjustment.Adjust(AdjustmentMethod.BenjaminiHochberg, tested.Select(i => tests[i].Value.P).ToArray());
        var effects = segments.Select((segment, i) => new SegmentEffect(
            segment.Name, tests[i], tests[i].IsConclusive ? adjusted[Array.IndexOf(tested, i)] : null)).ToArray();
        return new SegmentReport(effects, Heterogeneity(tested.Select(i => tests[i].Value).ToArray()), Interaction(segments));
    }

    /// <summary>Q = sum of (effect - common effect)^2 / se^2 with k - 1 degrees of freedom.</summary>
    private static Computed<HeterogeneityResult> Heterogeneity(MeanTestResult[] tests)
    {
        if (tests.Length < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "Two segments with a test are needed.");

        // Relative to the smallest error, so that squares stay in range.
        var smallest = tests.Min(t => t.StandardError);
        var weights = tests.Select(t => smallest / t.StandardError * (smallest / t.StandardError)).ToArray();
        var total = weights.Sum();
        var common = tests.Zip(weights, (t, w) => w / total * t.Effect).Sum();
        var q = tests.Sum(t => (t.Effect - common) / t.StandardError * ((t.Effect - common) / t.StandardError));
        return double.IsFinite(q) && double.IsFinite(common)
            ? new HeterogeneityResult(q, tests.Length - 1, ChiSquareDistribution.Cdf(q, tests.Length - 1, Tail.Upper), common)
            : new Inconclusive(Inconclusive.Overflow, "The effects are outside the range of a double.");
    }

    /// <summary>
    /// With one mean per segment and variant, the interaction's sum of squares is that of the effects around their mean weighted by
    /// n_t n_c / (n_t + n_c): the F test of the regression, from summaries.
    /// </summary>
    private static Computed<FTestResult> Interaction(IReadOnlyList<SegmentSamples> segments)
    {
        var both = segments.Where(s => s.Control.Units > 0 && s.Treatment.Units > 0).ToArray();
        if (both.Length < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "Two segments with units of both variants are needed.");
        var degrees = both.Sum(s => s.Control.Units + s.Treatment.Units) - 2.0 * both.Length;
        var within = both.Sum(s => (s.Control.Units - 1) * s.Control.Variance + (s.Treatment.Units - 1) * s.Treatment.Variance);
        if (degrees < 1)
            return new Inconclusive(Inconclusive.TooFewUnits, "Some segment needs two units in a variant.");
        if (!(within > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "Nothing varies inside the segments.");
        var weights = both.Select(s => 1 / (1.0 / s.Control.Units + 1.0 / s.Treatment.Units)).ToArray();
        var effects = both.Select(s => s.Treatment.Mean - s.Control.Mean).ToArray();
        var total = weights.Sum();
        var common = effects.Zip(weights, (e, w) => w / total * e).Sum();
        var between = effects.Zip(weights, (e, w) => w * (e - common) * (e - common)).Sum();
        return FTestResult.Compute(between / (both.Length - 1) / (within / degrees), both.Length - 1, degrees);
    }
}
