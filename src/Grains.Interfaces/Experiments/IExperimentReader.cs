namespace Splitstream.Grains.Interfaces.Experiments;

/// <summary>Committed experiments as the database has them, for lists; one experiment is read through its grain.</summary>
public interface IExperimentReader
{
    /// <summary>Experiments in the order of their keys, after <paramref name="afterKey"/> (exclusive; null for the beginning).</summary>
    Task<IReadOnlyList<ExperimentState>> ListAsync(int limit, string? afterKey, CancellationToken cancellation);
}
