using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Grains.Catalog;

/// <summary>One version of an experiment, prepared for the hot path. Immutable.</summary>
public sealed class CompiledExperiment
{
    private readonly FrozenDictionary<string, int> _variants;

    public CompiledExperiment(ExperimentState state, CompiledGroup? group)
    {
        State = state;
        Group = group;
        var definition = state.Definition;
        _variants = definition.Variants.Select((variant, index) => (variant.Key, index)).ToFrozenDictionary(pair => pair.Key, pair => pair.index);
        var seed = new BucketingSeed(state.BucketingSeed);
        var trafficSeed = new BucketingSeed(state.TrafficSeed);
        Rule = new RuleInput
        {
            Status = StatusForAssignment(state),
            Split = VariantSplit.Create([.. definition.Variants.Select(variant => new WeightedVariant(variant.Key, variant.Weight))]),
            Hasher = new BucketHasher(state.Key, seed),
            Traffic = new TrafficGate(state.Key, trafficSeed, definition.Traffic),
            Overrides = definition.Overrides.ToFrozenDictionary(pair => pair.Key, pair => _variants[pair.Value]),
            ConcludedVariant = state.Winner is null ? null : _variants[state.Winner],
            Targeting = Parse(definition.TargetingJson),
            MutexGroup = definition.MutexGroup,
        };
        WidestTraffic = new TrafficGate(
            state.Key, trafficSeed, state.Epochs.Select(epoch => epoch.Traffic).Append(definition.Traffic).Max());
    }

    public ExperimentState State { get; }

    public RuleInput Rule { get; }

    /// <summary>The group whose claim an assignment needs; null for none.</summary>
    public CompiledGroup? Group { get; }

    /// <summary>Admits every unit that any epoch admitted: a unit outside cannot have a row.</summary>
    public TrafficGate WidestTraffic { get; }

    public long Id => State.Id;

    public ImmutableArray<Variant> Variants => State.Definition.Variants;

    /// <summary>Index of a variant, or null when the experiment has none of that key.</summary>
    public int? IndexOf(string variant) => _variants.TryGetValue(variant, out var index) ? index : null;

    /// <summary>Variants that are assigned elsewhere are answered from their rows, and nobody is assigned here.</summary>
    private static ExperimentStatus StatusForAssignment(ExperimentState state) =>
        state.Definition.Assignment == AssignmentMode.External && state.Status == ExperimentStatus.Running
            ? ExperimentStatus.Closed
            : state.Status;

    private static TargetingRule Parse(string? json)
    {
        if (json is null)
        {
            return TargetingRule.Everyone;
        }

        using var document = JsonDocument.Parse(json);
        return TargetingRule.TryParse(document.RootElement, out var rule, out var problem)
            ? rule
            : throw new InvalidOperationException($"Stored targeting is invalid at {problem.Pointer}: {problem.Message}");
    }
}
