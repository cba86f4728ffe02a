using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Srm;

/// <summary>What must be remembered between looks at a sequential sample ratio test: the largest Bayes factor so far.</summary>
/// <param name="MaximumLogBayesFactor">Largest natural log Bayes factor seen, at least 0 (before any data it is 1).</param>
public sealed record SequentialSampleRatio(double MaximumLogBayesFactor)
{
    /// <summary>Before any unit.</summary>
    public static SequentialSampleRatio Start { get; } = new(0.0);

    /// <summary>Running p-value, min over looks of 1/BF, in (0, 1]; may underflow to 0. Valid at any stopping time.</summary>
    public double P => Elementary.Exp(-MaximumLogBayesFactor);

    /// <summary>After one more look with the given log Bayes factor of all data so far.</summary>
    public SequentialSampleRatio Look(double logBayesFactor)
    {
        Guard.Finite(logBayesFactor);
        return logBayesFactor > MaximumLogBayesFactor ? new SequentialSampleRatio(logBayesFactor) : this;
    }
}
