using System.Collections.Frozen;
using System.Collections.Immutable;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Catalog;

/// <summary>All configuration at one version, prepared for the hot path. Immutable.</summary>
public sealed class CompiledCatalog
{
    private readonly FrozenDictionary<long, CompiledExperiment> _byId;

    public CompiledCatalog(CatalogContent content)
    {
        Version = content.Version;
        var members = content.Experiments.ToLookup(experiment => experiment.Definition.MutexGroup);
        var groups = content.MutexGroups.ToDictionary(group => group.Key, group => new CompiledGroup(group, members[group.Key]));
        ImmutableArray<CompiledExperiment> experiments =
        [
            .. content.Experiments.Select(state => new CompiledExperiment(
                state, state.Definition.MutexGroup is { } group ? groups[group] : null)),
        ];
        ByKey = experiments.ToFrozenDictionary(experiment => experiment.State.Key);
        ArchivedKeys = content.ArchivedKeys.ToFrozenSet(StringComparer.Ordinal);
        _byId = experiments.ToFrozenDictionary(experiment => experiment.Id);
        RunningKeys = [.. experiments.Where(experiment => experiment.Rule.Status == ExperimentStatus.Running).Select(e => e.State.Key)];
        Metrics = content.Metrics.ToFrozenDictionary(metric => metric.Key);
    }

    public static CompiledCatalog Empty { get; } = new(new CatalogContent(-1, [], [], [], []));

    public long Version { get; }

    /// <summary>Every experiment that is not archived.</summary>
    public FrozenDictionary<string, CompiledExperiment> ByKey { get; }

    /// <summary>Experiments that are known and over: nobody is assigned, rows are answered by look-ups only.</summary>
    public FrozenSet<string> ArchivedKeys { get; }

    /// <summary>The experiments that take new units, in the order of their keys.</summary>
    public ImmutableArray<string> RunningKeys { get; }

    public FrozenDictionary<string, MetricDefinition> Metrics { get; }

    /// <summary>An experiment by its database identity; null when it is archived or newer than this version.</summary>
    public CompiledExperiment? Find(long id) => _byId.GetValueOrDefault(id);
}
