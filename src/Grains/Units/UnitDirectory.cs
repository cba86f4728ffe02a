using Splitstream.Bucketing;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Units;
using Splitstream.Storage.Nodes;
using Splitstream.Storage.Units;

namespace Splitstream.Grains.Units;

/// <summary>Rows of a unit for look-ups, and rebuckets that no server contradicts, not even for a moment.</summary>
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

        while (true)
        {
            using var announcement = announcer.Begin();
            if (!await rows.MarkEndingAsync(unit, compiled.Id, announcement, cancellation))
            {
                return new Problem(ErrorCode.AssignmentNotFound, $"The unit has no assignment in experiment '{experiment}'.");
            }

            sticky.Invalidate(compiled.Id, UnitHash.Of(unit));
            await announcement.SettleAsync(cancellation);
            if (await rows.EndAsync(unit, compiled.State, actor, cancellation) is { } result)
            {
                return result;
            }
        }
    }
}
