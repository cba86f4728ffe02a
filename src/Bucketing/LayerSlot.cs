namespace Splitstream.Bucketing;

/// <summary>The stretch of a layer that one experiment owns. Slots that do not overlap share no unit.</summary>
public sealed class LayerSlot
{
    /// <summary>Cuts a stretch out of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="from">Inclusive lower end, in [0, 1].</param>
    /// <param name="to">Upper end, in [<paramref name="from"/>, 1]; exclusive, but inclusive at 1, where buckets end.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end lies outside its range, or is not a number.</exception>
    public LayerSlot(Layer layer, double from, double to)
    {
        ArgumentNullException.ThrowIfNull(layer);
        Fractions.Check(from, nameof(from));
        Fractions.Check(to, nameof(to));
        ArgumentOutOfRangeException.ThrowIfLessThan(to, from);
        Layer = layer;
        From = from;
        To = to;
    }

    /// <summary>The layer that the slot is cut from.</summary>
    public Layer Layer { get; }

    /// <summary>Inclusive lower end, in [0, 1].</summary>
    public double From { get; }

    /// <summary>Upper end, in [0, 1]; exclusive unless it is 1. Equal to <see cref="From"/>: the slot is empty.</summary>
    public double To { get; }

    /// <summary>Whether the unit's bucket in the layer lies in this slot.</summary>
    public bool Contains(UnitId unit)
    {
        double bucket = Layer.BucketOf(unit);
        return From < To && bucket >= From && (bucket < To || To >= 1);
    }
}
