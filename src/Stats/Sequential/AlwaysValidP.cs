using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Running p-value of an e-process: the smallest 1/e so far, at most 1. Only ever falls; valid at any stopping time.</summary>
/// <param name="MaximumLogEValue">Largest natural log e-value seen, at least 0 (before any data it is 1).</param>
/// <remarks>Ville 1939; Johari, Koomen, Pekelis and Walsh 2022.</remarks>
public sealed record AlwaysValidP(double MaximumLogEValue)
{
    /// <summary>Before any look: p = 1.</summary>
    public static AlwaysValidP Start { get; } = new(0.0);

    /// <summary>The p-value, in [0, 1].</summary>
    public double P => Elementary.Exp(-MaximumLogEValue);

    /// <summary>After one more look; +infinity stands for an e-value that overflowed and gives p = 0.</summary>
    public AlwaysValidP Look(double logEValue)
    {
        if (double.IsNaN(logEValue))
            throw new ArgumentOutOfRangeException(nameof(logEValue), logEValue, "Must be a number.");
        return logEValue > MaximumLogEValue ? new AlwaysValidP(logEValue) : this;
    }
}
