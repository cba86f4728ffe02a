using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Interfaces.MutexGroups;

namespace Splitstream.Grains.Interfaces.Catalog;

/// <summary>All configuration at one version, immutable.</summary>
/// <param name="Experiments">Those that are not archived.</param>
/// <param name="ArchivedKeys">Keys of the archived ones: they are known, and that is all that assigning needs of them.</param>
/// <param name="Version">Grows with every committed change of any configuration.</param>
public sealed record CatalogContent(
    long Version,
    ImmutableArray<ExperimentState> Experiments,
    ImmutableArray<string> ArchivedKeys,
    ImmutableArray<MetricDefinition> Metrics,
    ImmutableArray<MutexGroup> MutexGroups);
