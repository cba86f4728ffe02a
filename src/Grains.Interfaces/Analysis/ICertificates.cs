using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>Certificates of experiments that are planned.</summary>
public interface ICertificates
{
    /// <summary>Simulates the rule of a planned experiment; seconds, or up to a minute for fine cadences and many variants. Cached.</summary>
    Task<CertificateResult> CertifyAsync(PlannedExperiment planned, CancellationToken cancellation);

    /// <summary>What the looks and views of an experiment did to its error rate; null when there is no such experiment.</summary>
    Task<PeekingAuditResult?> AuditPeekingAsync(string experiment, CancellationToken cancellation);
}

/// <param name="Definition">As it would be created; key, name and hypothesis do not matter.</param>
/// <param name="Metric">The primary metric when it is not in the catalogue; named by the definition.</param>
/// <param name="Runs">Per null hypothesis; null for as many as a certificate needs.</param>
/// <param name="Seed">Null for the one that started experiments have.</param>
/// <param name="HistoryDays">Measure the rule on the units of the last days, dealt at random again and again; null to simulate the plan.</param>
public sealed record PlannedExperiment(
    ExperimentDefinition Definition, MetricDefinition? Metric, int? Runs, ulong? Seed, int? HistoryDays = null);
