using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>The catalogue of metrics.</summary>
public interface IMetricStore
{
    /// <summary>Refuses with <see cref="ErrorCode.MetricAlreadyExists"/>.</summary>
    Task<Outcome<MetricDefinition>> CreateAsync(MetricDefinition metric, Actor actor, CancellationToken cancellation);

    Task<MetricDefinition?> FindAsync(string key, CancellationToken cancellation);

    Task<IReadOnlyList<MetricDefinition>> ListAsync(int limit, string? afterKey, CancellationToken cancellation);
}
