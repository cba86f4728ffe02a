using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Cli.Report;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Power;

namespace Splitstream.Cli.Planning;

/// <summary>What `power` found, in the words of POST /v1/power.</summary>
public sealed record PowerAnswer(
    double Alpha, double Power, string Treatment, double? Mde, double? Days, double? UnitsPerDay, double AssumedUnitsPerDay,
    ImmutableArray<PowerRow> Methods, int Runs, ulong Seed)
{
    private static readonly JsonSerializerOptions Options = new(JsonOutput.Options) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static PowerAnswer Of(PowerQuestion question, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        var design = question.ToDesign();
        var options = new CertificateOptions(PowerQuestion.Seed, Threads: Environment.ProcessorCount);
        var rows = question.Days is { } days
            ? PowerPlan.Effects(design, days, question.Power, options, cancellation).Select(row => row.Effect.TryGet(out var effect, out var why)
                ? PowerRow.Without(row.Method, null) with { Mde = effect }
                : PowerRow.Without(row.Method, why.Reason))
            : PowerPlan.Sizes(design, question.Power, options, cancellation).Select(row => row.Size.TryGet(out var size, out var why)
                ? PowerRow.Of(row.Method, size, question)
                : PowerRow.Without(row.Method, why.Reason));
        var asked = question.Methods.Select(PowerRow.NameOf).ToHashSet(StringComparer.Ordinal);
        return new PowerAnswer(
            question.Alpha,
            question.Power,
            question.Variants[PowerPlan.Treatment(design)].Key,
            question.Effect,
            question.Days,
            question.UnitsPerDay,
            question.AssumedUnitsPerDay,
            [.. rows.Where(row => asked.Contains(row.Method))],
            options.EffectRuns,
            options.Seed);
    }

    public string ToJson() => JsonSerializer.Serialize(this, Options);
}

/// <summary>One method.</summary>
/// <param name="Reason">Why it has no answer; null otherwise.</param>
/// <param name="FalsePositives">Of this method up to these units; null where it is alpha.</param>
public sealed record PowerRow(
    string Method, string? Reason, ImmutableArray<PowerUnits> Variants, long? Units, double? Days, double? MeanUnits, double? MeanDays,
    bool? BelowMinSample, double? Mde, double? FalsePositives)
{
    public static string NameOf(RuleMethod method) => JsonNamingPolicy.SnakeCaseLower.ConvertName(method.ToString());

    internal static PowerRow Without(RuleMethod method, string? reason) => new(NameOf(method), reason, [], null, null, null, null, null, null, null);

    internal static PowerRow Of(RuleMethod method, MethodSize size, PowerQuestion question) => Without(method, null) with
    {
        Variants = [.. question.Variants.Zip(size.Units, (variant, units) => new PowerUnits(variant.Key, units))],
        Units = size.Units.Sum(),
        Days = question.UnitsPerDay is null ? null : size.Days,
        MeanUnits = size.MeanUnits,
        MeanDays = question.UnitsPerDay is null ? null : size.MeanDays,
        BelowMinSample = size.Units.Min() < PowerQuestion.MinimumSample,
        FalsePositives = size.FalsePositives?.Rate,
    };
}

public sealed record PowerUnits(string Variant, long Units);
