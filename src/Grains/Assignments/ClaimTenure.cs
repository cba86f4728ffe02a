namespace Splitstream.Grains.Assignments;

/// <summary>How long a partition that takes claims stays where it is.</summary>
/// <param name="Length">Above zero.</param>
public sealed record ClaimTenure(TimeSpan Length);
