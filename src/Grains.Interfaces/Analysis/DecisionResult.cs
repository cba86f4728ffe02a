using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>What the rule, or a person, makes of a snapshot.</summary>
/// <param name="Status"><c>keep_running</c>, <c>ship</c>, <c>roll_back</c>, <c>drop</c> or <c>inconclusive</c>.</param>
/// <param name="Variant">What to ship or drop; control when rolling back; null otherwise.</param>
/// <param name="Reason">Stable code of why; see the page on decisions.</param>
/// <param name="DecidedBy"><c>rule</c>, or <c>person</c> when somebody stopped the experiment without or against the rule.</param>
/// <param name="DecidedAtLook">Number of the look at which the rule decided, this one or an earlier; null while it has not.</param>
/// <param name="ExpectedLoss">Expected loss against the best when shipping, in units of the primary metric; null otherwise.</param>
/// <param name="GroupSequential">The test that was made here; null for other methods, and where none was made.</param>
/// <param name="AdjustedEffects">Of every treatment at the deciding look, under methods that look more than once; null without a decision.</param>
/// <param name="WouldDecide">What the rule says where it may not act: off the cadence, or after a person's stop; null otherwise.</param>
public sealed record DecisionResult(
    string Status,
    string? Variant,
    string Reason,
    string DecidedBy,
    int? DecidedAtLook,
    double? ExpectedLoss,
    WouldDecide? WouldDecide,
    GroupSequentialResult? GroupSequential,
    RuleResult Rule,
    CertificateResult Certificate,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<AdjustedEffect>? AdjustedEffects = null);

/// <summary>An effect at a decision, as estimated and without the exaggeration that waiting for a decision brings.</summary>
/// <param name="Method"><c>stage_wise</c>: median-unbiased in stage-wise ordering.</param>
/// <param name="Effect">The plain estimate, in units of the metric.</param>
/// <param name="Adjusted">As likely too high as too low.</param>
/// <param name="ConfidenceInterval">95 %, of the adjusted effect.</param>
/// <param name="ExpectedExaggeration">Of the plain estimate, from the certificate, at the smallest effect worth finding; null without it.</param>
public sealed record AdjustedEffect(
    string Variant,
    string Method,
    double Effect,
    double Adjusted,
    Interval ConfidenceInterval,
    double? ExpectedExaggeration);

/// <summary>A decision that has no force.</summary>
public sealed record WouldDecide(string Status, string? Variant, string Reason);

/// <summary>One test of a group sequential rule.</summary>
/// <param name="Test">1 for the first; missed, advisory and refused looks are not counted, because they spend nothing.</param>
/// <param name="InformationFraction">Matured units over the planned maximum; can exceed 1 at the horizon only.</param>
/// <param name="SpendingTime">What alpha is spent by, in (0, 1]: the information fraction, but 1 at the horizon.</param>
/// <param name="AlphaSpent">Two-sided alpha spent by this test and all before it.</param>
/// <param name="NominalAlpha">Two-sided p-value that the smallest one must reach; null when there is no alpha to spend yet.</param>
/// <param name="Boundary">The same as |z|.</param>
public sealed record GroupSequentialResult(
    int Test, double InformationFraction, double SpendingTime, double AlphaSpent, double? NominalAlpha, double? Boundary);

/// <summary>The rule as it was configured, in the shape in which it is sent.</summary>
/// <param name="Prior">Null, and not written, without one.</param>
public sealed record RuleResult(
    string Method,
    double PosteriorThreshold,
    double Alpha,
    long MinSample,
    int MinDays,
    int CadenceMinutes,
    HorizonResult Horizon,
    string Spending,
    string Correction,
    double GuardrailAlpha,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PriorResult? Prior = null);

/// <summary>A normal prior on the primary metric's lift.</summary>
/// <param name="Sd">Standard deviation.</param>
public sealed record PriorResult(double Mean, double Sd);

/// <param name="UnitsPerVariant">Matured units of the largest variant.</param>
public sealed record HorizonResult(int Days, long UnitsPerVariant);

/// <summary>The two tests of one guardrail and one treatment.</summary>
/// <param name="Margin">Allowed loss in units of the metric, zero or more; null when control has no mean yet.</param>
/// <param name="MarginMissing">True when the metric states no margin: harm is tested against zero, and nothing can ship.</param>
/// <param name="HarmAlpha">The rule's guardrail alpha over guardrails and treatments.</param>
/// <param name="HarmBound">Least harmful end of the always-valid interval of the effect in the good direction.</param>
/// <param name="Harm">True when the variant is worse than the margin at <paramref name="HarmAlpha"/>; null when it cannot be told.</param>
/// <param name="Paused">True when this snapshot pauses the experiment because of it.</param>
/// <param name="NonInferiorityBound">Worst end of the one-sided interval of the effect in the good direction, at the guardrail alpha.</param>
/// <param name="NonInferior">True when the variant is not worse than the margin; null when it cannot be told.</param>
public sealed record GuardrailResult(
    string Metric,
    string Variant,
    double? Margin,
    bool MarginMissing,
    double HarmAlpha,
    double? HarmBound,
    bool? Harm,
    bool Paused,
    double? NonInferiorityBound,
    bool? NonInferior,
    string? Reason);
