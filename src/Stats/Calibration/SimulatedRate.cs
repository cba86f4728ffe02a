using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Calibration;

/// <summary>A rate found by simulation, with its Monte Carlo uncertainty.</summary>
/// <param name="Occurrences">0 to <paramref name="Runs"/>.</param>
/// <param name="Runs">Independent runs, 1 or more.</param>
public sealed record SimulatedRate(long Occurrences, long Runs)
{
    /// <summary>In [0, 1].</summary>
    public double Rate => (double)Occurrences / Runs;

    /// <summary>Two-sided 95 % limits of Clopper and Pearson.</summary>
    public ConfidenceInterval Interval => ClopperPearsonInterval.Compute(Occurrences, Runs);

    /// <summary>One-sided 95 % upper limit of Clopper and Pearson: what "at most 5 %" is judged by.</summary>
    public double UpperBound => ClopperPearsonInterval.UpperBound(Occurrences, Runs);
}
