namespace Splitstream.Stats.QuasiExperiments;

/// <summary>A balanced panel: one outcome for every unit (a region, a shop) in every period. Periods are in order, evenly spaced.</summary>
public sealed class Panel
{
    /// <summary>More cells than the methods on this type are made for.</summary>
    public const int MaximumCells = 4_000_000;

    private readonly double[][] _outcomes;

    /// <summary>A panel from one list of outcomes per unit.</summary>
    /// <param name="outcomes">
    /// Outer: units, at least 1; inner: periods, at least 1, equally many for each unit; finite, below 1e140.
    /// </param>
    /// <exception cref="ArgumentException">A unit lacks a period, a value is not finite or beyond 1e140, or there are too many.</exception>
    public Panel(IReadOnlyList<IReadOnlyList<double>> outcomes)
    {
        ArgumentNullException.ThrowIfNull(outcomes);
        Guard.AtLeast(outcomes.Count, 1, nameof(outcomes));
        Periods = outcomes[0].Count;
        Guard.AtLeast(Periods, 1, nameof(outcomes));
        if ((long)outcomes.Count * Periods > MaximumCells)
            throw new ArgumentException($"At most {MaximumCells} cells.", nameof(outcomes));
        _outcomes = new double[outcomes.Count][];
        for (var unit = 0; unit < outcomes.Count; unit++)
        {
            if (outcomes[unit].Count != Periods)
                throw new ArgumentException($"Unit {unit} has {outcomes[unit].Count} periods, not {Periods}.", nameof(outcomes));
            foreach (var value in outcomes[unit])
            {
                if (!(Math.Abs(value) <= 1e140))
                    throw new ArgumentOutOfRangeException(nameof(outcomes), value, "Outcomes must be finite and below 1e140.");
            }

            _outcomes[unit] = [.. outcomes[unit]];
        }
    }

    /// <summary>Number of units.</summary>
    public int Units => _outcomes.Length;

    /// <summary>Number of periods.</summary>
    public int Periods { get; }

    /// <summary>The outcome of a unit in a period, both from 0.</summary>
    public double this[int unit, int period] => _outcomes[unit][period];

    /// <summary>The outcomes of one unit, in order of the periods.</summary>
    public IReadOnlyList<double> OutcomesOf(int unit)
    {
        Guard.Index(unit, Units);
        return _outcomes[unit];
    }

    internal double[] Slice(int unit, int from, int to) => _outcomes[unit][from..to];

    /// <summary>Mean of a unit's outcomes in periods from (inclusive) to (exclusive).</summary>
    internal double Mean(int unit, int from, int to)
    {
        var sum = 0.0;
        for (var period = from; period < to; period++)
            sum += _outcomes[unit][period];
        return sum / (to - from);
    }
}
