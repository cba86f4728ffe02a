namespace Splitstream.Grains.Assignments;

/// <summary>Where the partitions live that take claims.</summary>
/// <param name="Tenure">How long one stays where it is; above zero.</param>
/// <param name="MayBeElsewhere">Whether another process may hold it, so that it can be away while this one works.</param>
public sealed record ClaimPlacement(TimeSpan Tenure, bool MayBeElsewhere);
