using System.Collections.Immutable;

namespace Splitstream.Stats.Calibration;

/// <summary>The simulated error rates of one experiment's rule.</summary>
/// <param name="Calibrated">
/// The upper bound of the worst false-positive rate is at most 5 %; for rules that spend exactly alpha, their crossing probability is at
/// most 5.01 % and the simulation agrees.
/// </param>
/// <param name="Reason">Why it is not calibrated, one of the constants here; null when it is.</param>
/// <param name="FalsePositives">The worst of <paramref name="Nulls"/>; null when the rule can never act.</param>
/// <param name="Nulls">Any false ship or roll-back, under every null hypothesis.</param>
/// <param name="CrossingProbability">Of rules that spend alpha, by numerical integration, Bonferroni's bound over treatments; else null.</param>
/// <param name="NullDuration">How long the experiment takes when nothing does anything.</param>
/// <param name="Effects">Power and duration at 0.5, 1 and 1.5 of the smallest effect worth finding; empty without one.</param>
/// <param name="FalsePauses">Chance that any guardrail pauses although each is worse by just its margin; null without guardrails.</param>
/// <param name="Proposal">The smallest change of threshold, or of threshold and minimum sample, that qualifies; null when none is needed or found.</param>
/// <param name="Looks">Number of planned looks up to the horizon at which the rule may act.</param>
/// <param name="Runs">Per null hypothesis.</param>
/// <param name="Seed">Repeats it.</param>
public sealed record Certificate(
    bool Calibrated,
    string? Reason,
    SimulatedRate? FalsePositives,
    ImmutableArray<NullHypothesis> Nulls,
    double? CrossingProbability,
    Duration? NullDuration,
    ImmutableArray<EffectPower> Effects,
    SimulatedRate? FalsePauses,
    RuleProposal? Proposal,
    int Looks,
    int Runs,
    ulong Seed)
{
    /// <summary>The simulated rate is too high.</summary>
    public const string FalsePositiveRate = "false_positive_rate";

    /// <summary>The minimum sample is not reached before the horizon, so that the rule cannot act.</summary>
    public const string MinSampleUnreachable = "min_sample_unreachable";

    /// <summary>Unit values were assumed to be normal.</summary>
    public const string AssumptionNormal = "assumption_normal";

    /// <summary>Fewer runs than a certificate needs.</summary>
    public const string TooFewRuns = "too_few_runs";

    /// <summary>What a rate must not exceed.</summary>
    public const double Limit = 0.05;

    /// <summary>What a crossing probability must not exceed: the limit and the error of its integration.</summary>
    public const double CrossingLimit = 0.0501;
}
