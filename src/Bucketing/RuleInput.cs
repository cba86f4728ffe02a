using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Splitstream.Bucketing;

/// <summary>Everything about one version of an experiment that decides an assignment, prepared once. Immutable.</summary>
public sealed class RuleInput
{
    private readonly VariantSplit _split = null!;

    /// <summary>Where the experiment stands.</summary>
    public required ExperimentStatus Status { get; init; }

    /// <summary>The variants and their weights; at least one has weight.</summary>
    /// <exception cref="ArgumentException">No variant has weight, so that no unit could be assigned.</exception>
    public required VariantSplit Split
    {
        get => _split;
        init => _split = value.Total > 0 ? value : throw new ArgumentException("No variant has weight.", nameof(value));
    }

    /// <summary>The hash under the experiment's key and bucketing seed, which chooses the variant.</summary>
    public required BucketHasher Hasher { get; init; }

    /// <summary>The share of units admitted, under a seed of its own.</summary>
    public required TrafficGate Traffic { get; init; }

    /// <summary>Units that get a set variant for quality assurance: unit id in normal form -> index of the variant.</summary>
    public FrozenDictionary<string, int> Overrides { get; init; } = FrozenDictionary<string, int>.Empty;

    /// <summary>The holdouts in whose scope the experiment is.</summary>
    public ImmutableArray<Holdout> Holdouts { get; init; } = [];

    /// <summary>Index of the winner that a stopped experiment was concluded with, or null.</summary>
    public int? ConcludedVariant { get; init; }

    /// <summary>Which units the experiment is for.</summary>
    public TargetingRule Targeting { get; init; } = TargetingRule.Everyone;

    /// <summary>The experiment's stretch of a layer, or null when it is in none.</summary>
    public LayerSlot? Slot { get; init; }

    /// <summary>Key of the mutex group whose claim an assignment needs, or null.</summary>
    public string? MutexGroup { get; init; }
}
