using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Segments;

/// <summary>The effect within one segment: exploratory, never a decision.</summary>
/// <param name="Name">The segment.</param>
/// <param name="Test">Welch's test within it, or why there is none.</param>
/// <param name="AdjustedP">Its p-value after Benjamini and Hochberg over all segments with a test; null without a test.</param>
public sealed record SegmentEffect(string Name, Computed<MeanTestResult> Test, double? AdjustedP);
