using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Splitstream.Grains.Certificates;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Analysis;

/// <summary>Everything a snapshot is computed from. Stored beside its result, so that the same computation can be made for ever.</summary>
/// <param name="Metrics">Definitions of the metrics in use, each once.</param>
/// <param name="Certificate">Null for snapshots from before there were certificates.</param>
public sealed record ResultsInput(
    AnalysedExperiment Experiment,
    ImmutableArray<MetricDefinition> Metrics,
    AnalysisInputs Data,
    LookContext Look,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CertificateStanding? Certificate = null)
{
    public MetricDefinition Metric(string key) => Metrics.First(metric => metric.Key == key);
}

/// <summary>What analysis needs to know of an experiment. Overrides are left out, because they hold unit ids.</summary>
/// <param name="Variants">In the order of the definition.</param>
/// <param name="IsExternal">Assigned elsewhere and imported: every unit is mature, and minimum days, cadence and horizon do not apply.</param>
/// <param name="Epochs">Oldest first.</param>
/// <param name="StoppedAt">Not null once a person stopped it.</param>
public sealed record AnalysedExperiment(
    string Key,
    ImmutableArray<AnalysedVariant> Variants,
    string? PrimaryMetric,
    ImmutableArray<string> SecondaryMetrics,
    ImmutableArray<string> Guardrails,
    bool IsExternal,
    DecisionRule Rule,
    ImmutableArray<Epoch> Epochs,
    DateTimeOffset? StartedAt,
    DateTimeOffset? StoppedAt,
    string? Winner,
    bool WeightsChanged,
    int ProtocolVersion,
    bool ProtocolChanged)
{
    public static AnalysedExperiment From(ExperimentState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var definition = state.Definition;
        return new AnalysedExperiment(
            state.Key,
            [.. definition.Variants.Select(variant => new AnalysedVariant(variant.Key, variant.Weight, variant.IsControl))],
            definition.PrimaryMetric,
            definition.SecondaryMetrics,
            definition.Guardrails,
            definition.Assignment == AssignmentMode.External,
            definition.Rule,
            state.Epochs,
            state.StartedAt,
            state.StoppedAt,
            state.Winner,
            state.WeightsChanged,
            state.ProtocolVersion,
            state.ProtocolChanged);
    }

    /// <summary>Index of the control; validation guarantees exactly one.</summary>
    public int ControlIndex()
    {
        for (var index = 0; index < Variants.Length; index++)
        {
            if (Variants[index].IsControl)
            {
                return index;
            }
        }

        throw new InvalidOperationException($"Experiment '{Key}' has no control.");
    }
}

/// <param name="Weight">As the definition has it now; epochs have weights of their own.</param>
public sealed record AnalysedVariant(string Key, double Weight, bool IsControl);
