namespace Splitstream.Bucketing;

/// <summary>
/// Admits a share of the units to an experiment, under a seed of its own, so that being admitted says nothing about the variant.
/// Raising the traffic only adds units, lowering it only takes some away. Immutable.
/// </summary>
public sealed class TrafficGate
{
    private readonly BucketHasher _hasher;

    /// <summary>Prepares the gate of one experiment.</summary>
    /// <param name="experimentKey">Key of the experiment.</param>
    /// <param name="seed">The traffic seed; another one than the experiment's bucketing seed.</param>
    /// <param name="traffic">Share of units admitted, in the closed interval [0, 1]; 0 admits nobody, 1 everybody.</param>
    /// <exception cref="ArgumentOutOfRangeException">The traffic lies outside, or is not a number.</exception>
    public TrafficGate(string experimentKey, BucketingSeed seed, double traffic)
    {
        Fractions.Check(traffic, nameof(traffic));
        _hasher = new BucketHasher(experimentKey, seed);
        Traffic = traffic;
    }

    /// <summary>Share of units admitted, in [0, 1].</summary>
    public double Traffic { get; }

    /// <summary>Whether the unit takes part: always at traffic 1, else when its bucket lies below the traffic.</summary>
    public bool Admits(UnitId unit) => Traffic >= 1 || _hasher.BucketOf(unit) < Traffic;

    /// <summary>The unit's bucket under the traffic seed, in [0, 1]; not the one that chooses its variant.</summary>
    public double BucketOf(UnitId unit) => _hasher.BucketOf(unit);
}
