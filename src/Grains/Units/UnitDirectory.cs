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
    /// <summary>How often a rebucket begins anew because another one ended the row before it.</summary>
    private const int Attempts = 5;

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

        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            using var announcement = announcer.Begin();
            if (await rows.MarkEndingAsync(unit, compiled.Id, announcement, cancellation) is not { } assignedAt)
            {
                return new Problem(ErrorCode.AssignmentNotFound, $"The unit has no assignment in experiment '{experiment}'.");
            }

            // What has begun is brought to its end, whether or not the caller still waits.
            sticky.Invalidate(compiled.Id, UnitHash.Of(unit));
            await announcement.SettleAsync(CancellationToken.None);
            if (await rows.EndAsync(unit, compiled.State, assignedAt, actor, CancellationToken.None) is { } result)
            {
                return result;
            }
        }

        throw new StorageUnavailableException($"Others rebucketed the unit {Attempts} times in a row.");
    }
}
