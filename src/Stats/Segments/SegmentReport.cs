using Splitstream.Stats.Regression;

namespace Splitstream.Stats.Segments;

/// <summary>Effects by segment, and whether they differ at all.</summary>
/// <param name="Effects">One per segment, in order.</param>
/// <param name="Heterogeneity">Cochran's Q over segments with a test; inconclusive below two of them.</param>
/// <param name="Interaction">
/// F test of the interaction of treatment and segment in the regression with both; inconclusive below two segments with units of both
/// variants, or when nothing varies inside.
/// </param>
public sealed record SegmentReport(
    IReadOnlyList<SegmentEffect> Effects, Computed<HeterogeneityResult> Heterogeneity, Computed<FTestResult> Interaction);
