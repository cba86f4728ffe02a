using Orleans; using Splitstream.Grains.Interfaces.Analysis; using Splitstream.Grains.Interfaces.Errors; using Splitstream.Grains.Interfaces.Experiments;
namespace Splitstream.Grains.Analysis;
public sealed class TempGrain : Grain, IAnalysisGrain { public Task ScheduleAsync() => Task.CompletedTask; public Task<Outcome<SnapshotReference>> AnalyzeAsync(Actor actor) => throw new InvalidOperationException(); }
