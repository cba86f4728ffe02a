namespace Splitstream.Bucketing.Tests;

/// <summary>Units for tests: numbered, so that a failure can be repeated.</summary>
internal static class Units
{
    public static readonly BucketingSeed SeedA = new("a1");
    public static readonly BucketingSeed SeedB = new("b2");

    public static UnitId Number(int number) => Id($"unit-{number}");

    public static UnitId Id(string text) => UnitId.TryCreate(text, out UnitId id, out UnitIdError error) ? id : throw new ArgumentException($"{error}");

    /// <summary>Pearson's statistic of counts against shares.</summary>
    public static double ChiSquared(IReadOnlyList<int> observed, IReadOnlyList<double> shares)
    {
        double total = observed.Sum();
        double weight = shares.Sum();
        return observed.Zip(shares, (o, s) => s > 0 ? Math.Pow(o - (total * s / weight), 2) / (total * s / weight) : 0).Sum();
    }
}
