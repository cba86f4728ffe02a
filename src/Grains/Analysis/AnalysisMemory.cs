using Orleans;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// What the analysis of one experiment remembers between looks: the running maxima of the sample ratio's e-processes, which are checked
/// more often than looks are taken. Everything else that a look takes over is committed with the look itself.
/// </summary>
[GenerateSerializer, Alias("splitstream.analysis-memory")]
public sealed class AnalysisMemory
{
    /// <summary>Largest log Bayes factor of analysed units; at least 0.</summary>
    [Id(0)]
    public double SrmMaximumLogBayesFactor { get; set; }

    /// <summary>Largest log Bayes factor of assigned units; at least 0.</summary>
    [Id(1)]
    public double AssignmentMaximumLogBayesFactor { get; set; }
}
