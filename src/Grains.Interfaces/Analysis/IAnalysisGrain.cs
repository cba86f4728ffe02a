using Orleans;
using Orleans.Concurrency;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>Looks and health checks of one experiment (key: the experiment's key), by reminder on its cadence.</summary>
[Alias("splitstream.IAnalysisGrain")]
public interface IAnalysisGrain : IGrainWithStringKey
{
    /// <summary>
    /// Called after every change of the experiment: looks follow the cadence it has now, and a stop is followed by the final look at once.
    /// Harmless when repeated. It interleaves, because the experiment
    /// may call it while a look waits for the experiment to pause.
    /// </summary>
    [Alias("Schedule"), AlwaysInterleave]
    Task ScheduleAsync();

    /// <summary>
    /// Takes a snapshot now and answers its id. Advisory for experiments assigned here: it cannot ship. For external ones it is their look,
    /// and unchanged data answer the snapshot that stands.
    /// </summary>
    [Alias("Analyze")]
    Task<Outcome<SnapshotReference>> AnalyzeAsync(Actor actor);
}

/// <param name="LookNumber">Null for an advisory snapshot.</param>
[GenerateSerializer, Alias("splitstream.snapshot-reference")]
public sealed record SnapshotReference([property: Id(0)] string SnapshotId, [property: Id(1)] int? LookNumber);
