using Splitstream.Bucketing;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Units;
using Splitstream.Storage.Nodes;
using Splitstream.Storage.Units;

namespace Splitstream.Grains.Units;

/// <summary>Rows of a unit for look-ups, and rebuckets that are answered when no server can contradict them.</summary>
public sealed class UnitDirectory(UnitRows rows, CatalogCache catalog, StickyCache sticky, Announcer announcer) : IUnitDirectory
{
    public Task<IReadOnlyList<UnitRow>> LookupAsync(UnitId unit, CancellationToken cancellation) => rows.LookupAsync(unit, cancellation);

    public async Task<Outcome<RebucketResult>> RebucketAsync(
        UnitId unit, string experiment, Actor actor, CancellationToken cancellation)
    {
        if (!catalog.Current.ByKey.TryGetValue(experiment, out var compiled))
        {
            return catalog.Current.ArchivedKeys.Contains(experiment)
                ? new Problem(ErrorCode.IllegalTransition, $"Experiment '{experiment}' is archived: its rows are history and nobody is decided anew.")
                : new Problem(ErrorCode.ExperimentNotFound, $"There is no experiment with key '{experiment}'.");
        }

        using var announcement = announcer.Begin();
        var result = await rows.RebucketAsync(unit, compiled.State, actor, announcement, cancellation);
        sticky.Invalidate(compiled.Id, UnitHash.Of(unit));
        await announcement.SettleAsync(cancellation);
        return result;
    }
}
