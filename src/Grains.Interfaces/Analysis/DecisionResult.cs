namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>What the rule, or a person, makes of a snapshot.</summary>
/// <param name="Status"><c>keep_running</c>, <c>ship</c>, <c>roll_back</c>, <c>drop</c> or <c>inconclusive</c>.</param>
/// <param name="Variant">What to ship or drop; control when rolling back; null otherwise.</param>
/// <param name="Reason">Stable code of why; see the page on decisions.</param>
/// <param name="DecidedBy"><c>rule</c>, or <c>person</c> when somebody stopped the experiment without or against the rule.</param>
/// <param name="DecidedAtLook">Number of the look at which the rule decided, this one or an earlier; null while it has not.</param>
/// <param name="ExpectedLoss">Expected loss against the best when shipping, in units of the primary metric; null otherwise.</param>
/// <param name="WouldDecide">What the rule says where it may not act: off the cadence, or after a person's stop; null otherwise.</param>
public sealed record DecisionResult(
    string Status,
    string? Variant,
    string Reason,
    string DecidedBy,
    int? DecidedAtLook,
    double? ExpectedLoss,
    WouldDecide? WouldDecide,
    RuleResult Rule,
    CertificateResult Certificate);

/// <summary>A decision that has no force.</summary>
public sealed record WouldDecide(string Status, string? Variant, string Reason);

/// <summary>The rule as it was configured, in the shape in which it is sent.</summary>
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
    double GuardrailAlpha);

/// <param name="UnitsPerVariant">Matured units of the largest variant.</param>
public sealed record HorizonResult(int Days, long UnitsPerVariant);

/// <summary>The simulated error rates of this rule for this experiment.</summary>
/// <param name="Calibrated">False unless simulation proved the rate.</param>
/// <param name="Reason">Why it is not calibrated.</param>
public sealed record CertificateResult(bool Calibrated, string Reason);

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
