using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Certificates;

/// <summary>Everything that a certificate is computed from. Its canonical text is stored, and names the certificate by its hash.</summary>
/// <param name="Variants">Those with a positive weight, in the order of the definition.</param>
/// <param name="Metric">The primary metric.</param>
/// <param name="Rule">Without its plan, which is resolved here.</param>
/// <param name="Guardrails">Their metrics and outcomes.</param>
/// <param name="UnitsPerDay">New analysed units over all variants.</param>
/// <param name="Mde">Null when unknown.</param>
/// <param name="Source"><c>plan</c>, <c>events</c> or <c>import</c>.</param>
/// <param name="Runs">Per null hypothesis.</param>
/// <param name="EngineVersion">Another engine simulates anew.</param>
/// <param name="UnknownGuardrails">Those left out, because nothing says what their values are; null without any.</param>
public sealed record CertificateInput(
    ImmutableArray<CertifiedVariant> Variants,
    CertifiedMetric Metric,
    DecisionRule Rule,
    ImmutableArray<CertifiedMetric> Guardrails,
    double UnitsPerDay,
    double? Mde,
    string Source,
    int Runs,
    ulong Seed,
    string EngineVersion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<string>? UnknownGuardrails = null)
{
    /// <summary>SHA-256 of the canonical text, in hex.</summary>
    public string Hash() =>
        Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Bytes(this, CanonicalContext.Default.CertificateInput)));

    /// <summary>The experiment as it is simulated.</summary>
    public ExperimentDesign ToDesign() => new(
        [.. Variants.Select(variant => variant.Weight)],
        Math.Max(0, Variants.ToList().FindIndex(variant => variant.IsControl)),
        Metric.ToOutcome(),
        Metric.Definition.Direction == MetricDirection.Increase,
        UnitsPerDay,
        Metric.DelayHours,
        new RuleDesign(
            Rule.Method switch
            {
                DecisionMethod.Posterior => RuleMethod.Posterior,
                DecisionMethod.AlwaysValid => RuleMethod.AlwaysValid,
                DecisionMethod.GroupSequential => RuleMethod.GroupSequential,
                _ => RuleMethod.FixedHorizon,
            },
            Rule.PosteriorThreshold,
            Rule.Alpha,
            Rule.MinSample,
            Rule.MinDays,
            Rule.CadenceMinutes,
            Rule.HorizonDays,
            Rule.HorizonUnitsPerVariant,
            Rule.Spending == AlphaSpending.Pocock ? BoundaryKind.LanDeMetsPocock : BoundaryKind.LanDeMetsOBrienFleming,
            Rule.Correction == PrimaryCorrection.Holm,
            Rule.GuardrailAlpha,
            Rule.Prior is { } prior ? new NormalPosterior(prior.Mean, prior.StandardDeviation) : null),
        [.. Guardrails.Select(guardrail => guardrail.ToGuardrail())],
        Mde,
        []);
}

/// <param name="Weight">Above 0.</param>
public sealed record CertifiedVariant(string Key, double Weight, bool IsControl);

/// <summary>A metric and what its units' values are expected to be.</summary>
/// <param name="Values">A sample of the values of real units; null for conversions, and where only mean and variance are known.</param>
public sealed record CertifiedMetric(MetricDefinition Definition, double Mean, double Variance, ImmutableArray<double>? Values)
{
    /// <summary>Conversions and retentions: a unit's value is 0 or 1.</summary>
    public bool IsConversion => Definition.Type is MetricType.Conversion or MetricType.Retention;

    /// <summary>From first exposure to maturity; 0 without a window.</summary>
    public double DelayHours => Definition.EndHours ?? Definition.WindowHours ?? 0;

    public OutcomeModel ToOutcome() => IsConversion ? OutcomeModel.Conversion(Mean)
        : Values is { } values ? OutcomeModel.Resampled(values)
        : OutcomeModel.Normal(Mean, Variance);

    public GuardrailDesign ToGuardrail() => new(
        ToOutcome(),
        Definition.Direction == MetricDirection.Increase,
        Definition.Margin is not { } margin ? 0 : margin.IsRelative ? margin.Value * Math.Abs(Mean) : margin.Value,
        Definition.Margin is null);
}
