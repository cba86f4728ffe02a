namespace Splitstream.Bucketing;

/// <summary>One seed and the space that its experiments share: a unit has one bucket in a layer, whichever experiment asks.</summary>
public sealed class Layer
{
    private readonly BucketHasher _hasher;

    /// <summary>Prepares a layer.</summary>
    /// <param name="key">Key of the layer.</param>
    /// <param name="seed">The layer's own seed.</param>
    public Layer(string key, BucketingSeed seed)
    {
        _hasher = new BucketHasher(key, seed);
        Key = key;
    }

    /// <summary>Key of the layer.</summary>
    public string Key { get; }

    /// <summary>The unit's bucket in this layer, in [0, 1].</summary>
    public double BucketOf(UnitId unit) => _hasher.BucketOf(unit);
}
