using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>The simulated error rates of one experiment's rule. Rates are fractions, effects absolute and positive for better, times days.</summary>
/// <param name="Calibrated">True only for status <c>calibrated</c>.</param>
/// <param name="Status">
/// <c>calibrated</c>; <c>not_calibrated</c> with a reason; <c>lapsed</c>: was computed, and the experiment is no longer what was simulated;
/// <c>pending</c>: is being computed; <c>unavailable</c>: there is nothing to compute it from.
/// </param>
/// <param name="Reason">Stable code of why it is not calibrated; null when it is.</param>
/// <param name="Changed">What made it lapse, stable codes; empty otherwise.</param>
/// <param name="FalsePositiveRate">Of any false ship or roll-back, under the worst null hypothesis; null without figures, as are those below.</param>
/// <param name="CrossingProbability">The same by numerical integration, for rules that spend exactly alpha.</param>
/// <param name="Duration">When nothing differs.</param>
/// <param name="Power">At 0.5, 1 and 1.5 of the smallest effect worth finding; empty when the plan names none.</param>
/// <param name="FalsePauseRate">Of any guardrail, when each is worse by just its margin; null without guardrails.</param>
/// <param name="Proposal">The smallest threshold that qualifies, with a smaller minimum sample where the stated one is out of reach.</param>
/// <param name="Comparison">The four methods on this experiment.</param>
/// <param name="Plan">What was simulated.</param>
/// <param name="Looks">Planned looks at which the rule may act.</param>
/// <param name="Runs">Simulated experiments per null hypothesis.</param>
/// <param name="InputHash">SHA-256, in hex, of everything that was simulated; certificates are cached by it. Null for history.</param>
/// <param name="History">The real units that were dealt at random; absent from certificates of a plan.</param>
public sealed record CertificateResult(
    bool Calibrated,
    string Status,
    string? Reason,
    ImmutableArray<string> Changed,
    RateResult? FalsePositiveRate,
    ImmutableArray<NullHypothesisResult> NullHypotheses,
    double? CrossingProbability,
    DurationResult? Duration,
    ImmutableArray<PowerResult> Power,
    RateResult? FalsePauseRate,
    ProposalResult? Proposal,
    ImmutableArray<MethodResult> Comparison,
    CertificatePlanResult? Plan,
    int Looks,
    int Runs,
    ulong Seed,
    string EngineVersion,
    string? InputHash,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] HistoryResult? History = null)
{
    /// <summary>A certificate without figures.</summary>
    /// <param name="status"><c>pending</c> or <c>unavailable</c>.</param>
    public static CertificateResult Without(string status, string reason, string engineVersion) =>
        new(false, status, reason, [], null, [], null, null, [], null, null, [], null, 0, 0, 0, engineVersion, null);
}

/// <param name="Lower">95 % limits of Clopper and Pearson.</param>
/// <param name="UpperBound">One-sided 95 % bound: what "at most 5 %" is judged by.</param>
/// <param name="Runs">Simulated experiments.</param>
public sealed record RateResult(double Rate, double Lower, double Upper, double UpperBound, long Runs);

/// <param name="WorseVariant">The treatment that is clearly worse; null when all variants are equal.</param>
public sealed record NullHypothesisResult(string? WorseVariant, RateResult FalsePositiveRate);

/// <param name="Days90">Nine of ten experiments are over by then.</param>
public sealed record DurationResult(double MeanDays, double Days90);

/// <param name="Power">The first treatment is shipped, when it alone has the effect.</param>
/// <param name="WrongSign">The experiment is rolled back, or another treatment is shipped.</param>
/// <param name="Exaggeration">Mean estimated effect when shipped, over the true one; null when it never was.</param>
public sealed record PowerResult(double Effect, RateResult Power, RateResult WrongSign, DurationResult Duration, double? Exaggeration);

/// <param name="FalsePositiveRate">Of the rule with these two, by the same runs.</param>
public sealed record ProposalResult(double PosteriorThreshold, long MinSample, RateResult FalsePositiveRate);

/// <param name="Power">At the smallest effect worth finding; null when the plan names none.</param>
/// <param name="Duration">At that effect; without one, when nothing differs.</param>
public sealed record MethodResult(string Method, RateResult FalsePositiveRate, RateResult? Power, DurationResult Duration);

/// <summary>What was simulated besides the rule.</summary>
/// <param name="UnitsPerDay">New analysed units over all variants.</param>
/// <param name="DelayHours">From first exposure to maturity.</param>
/// <param name="Outcome"><c>conversion</c>, <c>resampled</c> or <c>normal</c>, which is an assumption.</param>
/// <param name="Mean">Of one unit's value; a conversion's rate.</param>
/// <param name="Mde">Smallest effect worth finding; null when unknown.</param>
/// <param name="Source"><c>plan</c>: stated by the owner; <c>events</c>: some of it estimated from stored events; <c>import</c>: from the data itself;
/// <c>history</c>: real units as they came.</param>
/// <param name="UnknownGuardrails">Guardrails that were left out, because nothing says what their values are; null, and not written, without any.</param>
public sealed record CertificatePlanResult(
    ImmutableArray<PlannedVariantResult> Variants,
    double UnitsPerDay,
    double DelayHours,
    string Outcome,
    double Mean,
    double Variance,
    double? Mde,
    string Source,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<string>? UnknownGuardrails = null);

/// <summary>Real units on whom a rule was tried.</summary>
/// <param name="Metric">Whose values they have.</param>
/// <param name="Units">With a closed window; as many at most as the rule's horizon takes.</param>
/// <param name="Days">From the first unit until now.</param>
/// <param name="UnitsPerVariant">Of the smallest variant at the last look.</param>
/// <param name="IsWholeHorizon">False when the rule would go on for longer than the history does, and act falsely more often.</param>
public sealed record HistoryResult(string Metric, int Units, double Days, long UnitsPerVariant, bool IsWholeHorizon);

public sealed record PlannedVariantResult(string Variant, double Weight);
