namespace Splitstream.Bucketing;

/// <summary>How one condition of a targeting rule turned out for a unit.</summary>
/// <param name="Pointer">JSON pointer of the condition in its rule.</param>
/// <param name="Attribute">Name of the attribute.</param>
/// <param name="Operator">Code of the operator.</param>
/// <param name="Expected">The condition's value for people to read; empty when the operator takes none.</param>
/// <param name="Found">The attribute's value for people to read.</param>
/// <param name="Matched">Whether the condition held.</param>
public sealed record TargetingOutcome(
    string Pointer, string Attribute, string Operator, string Expected, AttributeValue Found, bool Matched);
