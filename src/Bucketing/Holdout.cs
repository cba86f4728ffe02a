namespace Splitstream.Bucketing;

/// <summary>Keeps a share of the units out of every experiment in its scope, under a seed of its own. Immutable.</summary>
public sealed class Holdout
{
    private readonly BucketHasher _hasher;

    /// <summary>Prepares a holdout.</summary>
    /// <param name="key">Key of the holdout.</param>
    /// <param name="seed">The holdout's own seed.</param>
    /// <param name="fraction">Share of units held out, in the closed interval [0, 1]; 0 holds nobody, 1 everybody.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction lies outside, or is not a number.</exception>
    public Holdout(string key, BucketingSeed seed, double fraction)
    {
        Fractions.Check(fraction, nameof(fraction));
        _hasher = new BucketHasher(key, seed);
        Key = key;
        Fraction = fraction;
    }

    /// <summary>Key of the holdout.</summary>
    public string Key { get; }

    /// <summary>Share of units held out, in [0, 1].</summary>
    public double Fraction { get; }

    /// <summary>Whether the unit is held out: always at 1, else when its bucket lies below the fraction.</summary>
    public bool Holds(UnitId unit) => Fraction >= 1 || _hasher.BucketOf(unit) < Fraction;
}
