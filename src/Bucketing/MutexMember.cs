namespace Splitstream.Bucketing;

/// <summary>A member of a mutex group and its share of the units.</summary>
/// <param name="Key">Key of the experiment.</param>
/// <param name="Share">Finite and not negative; only ratios count. Zero: tried after all members with a share.</param>
public sealed record MutexMember(string Key, double Share);
