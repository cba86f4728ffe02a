using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Api.Assignments;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Experiments;

/// <summary>Reads new experiments and edits. Everything that the request alone can tell is checked here, all at once.</summary>
internal static class ExperimentInput
{
    private const string DefaultUnitType = "user";

    /// <summary>Characters of a targeting rule; its own limits on conditions and values are reached earlier as a rule.</summary>
    private const int TargetingMaxCharacters = 262_144;

    private static readonly FrozenSet<string> CreateFields = KnownFields.Of(ApiJsonContext.Default.CreateExperimentRequest);
    private static readonly FrozenSet<string> EditFields = KnownFields.Of(ApiJsonContext.Default.EditExperimentRequest);

    /// <summary>A new experiment; use it only when there are no errors.</summary>
    public static ExperimentDefinition? ReadNew(JsonElement body, InputErrors errors)
    {
        if (JsonInput.Of(body, "", errors, CreateFields) is not { } input)
        {
            return null;
        }

        AssignmentMode assignment = input.Choice<AssignmentMode>("assignment") ?? AssignmentMode.Server;
        DecisionRule rule = assignment == AssignmentMode.External
            ? DecisionRule.Default with { Method = DecisionMethod.FixedHorizon }
            : DecisionRule.Default;
        ImmutableArray<Variant> variants = VariantInput.Read(input);
        CheckLater(input);
        var definition = new ExperimentDefinition(
            input.Key("key", required: true) ?? "",
            input.Text("name", 1, Limits.TextMaxCharacters, required: true) ?? "",
            input.Text("hypothesis", Limits.HypothesisMinCharacters, Limits.TextMaxCharacters, required: true) ?? "",
            input.Key("unitType") ?? DefaultUnitType,
            variants,
            Traffic(input) ?? 1,
            Targeting(input),
            input.Key("mutexGroup"),
            Overrides(input) ?? NoOverrides,
            input.Key("primaryMetric"),
            [.. input.Keys("secondaryMetrics", Limits.MetricsPerExperimentMax) ?? []],
            [.. input.Keys("guardrails", Limits.MetricsPerExperimentMax) ?? []],
            assignment,
            DecisionRuleInput.Read(input, rule),
            [.. input.Keys("segments", Limits.SegmentsMax) ?? []]);
        CheckRoles(input, definition);
        foreach ((string unit, string variant) in definition.Overrides)
        {
            if (!variants.Any(candidate => candidate.Key == variant))
            {
                errors.Add(InputErrors.Child(input.At("overrides"), unit), $"There is no variant {variant}.");
            }
        }

        return definition;
    }

    /// <summary>Whether an edit changes the decision rule, so that the rule that stands must be known to read it.</summary>
    public static bool EditsRule(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("decisionRule", out JsonElement rule) && rule.ValueKind == JsonValueKind.Object;

    /// <summary>An edit; use it only when there are no errors.</summary>
    /// <param name="standing">The rule that given fields are merged over.</param>
    public static ExperimentEdit? ReadEdit(JsonElement body, DecisionRule standing, InputErrors errors)
    {
        if (JsonInput.Of(body, "", errors, EditFields) is not { } input)
        {
            return null;
        }

        CheckLater(input);
        return new ExperimentEdit(
            input.Text("name", 1, Limits.TextMaxCharacters),
            input.Text("hypothesis", Limits.HypothesisMinCharacters, Limits.TextMaxCharacters),
            VariantInput.ReadEdits(input),
            Traffic(input),
            new Optional<string>(input.Has("targeting"), Targeting(input)),
            new Optional<string>(input.Has("mutexGroup"), input.Key("mutexGroup")),
            Overrides(input),
            new Optional<string>(input.Has("primaryMetric"), input.Key("primaryMetric")),
            input.Keys("secondaryMetrics", Limits.MetricsPerExperimentMax)?.ToImmutableArray(),
            input.Keys("guardrails", Limits.MetricsPerExperimentMax)?.ToImmutableArray(),
            EditsRule(body) ? DecisionRuleInput.Read(input, standing) : null,
            input.Flag("confirm") ?? false,
            input.Keys("segments", Limits.SegmentsMax)?.ToImmutableArray());
    }

    private static readonly ImmutableSortedDictionary<string, string> NoOverrides =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    private static double? Traffic(JsonInput input) => input.Number("traffic", value => value is >= 0 and <= 1, "lie in [0, 1]");

    private static string? Targeting(JsonInput input)
    {
        if (!input.TryGet("targeting", out JsonElement value))
        {
            return null;
        }

        if (JsonTexts.WhyNotStorable(value, TargetingMaxCharacters) is { } reason)
        {
            input.Errors.Add(input.At("targeting"), $"targeting {reason}.");
            return null;
        }

        if (!TargetingRule.TryParse(value, out TargetingRule? rule, out InputProblem? problem))
        {
            input.Errors.Add(input.At("targeting") + problem.Pointer, problem.Message + ".");
            return null;
        }

        return rule.MatchesEveryone ? null : JsonTexts.Canonical(value);
    }

    private static ImmutableSortedDictionary<string, string>? Overrides(JsonInput input)
    {
        if (!input.TryGet("overrides", out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() > Limits.OverridesMax)
        {
            input.Errors.Add(input.At("overrides"), $"overrides must be an object of at most {Limits.OverridesMax} unit ids.");
            return null;
        }

        ImmutableSortedDictionary<string, string>.Builder overrides = NoOverrides.ToBuilder();
        foreach (JsonProperty property in value.EnumerateObject())
        {
            string pointer = InputErrors.Child(input.At("overrides"), property.Name);
            if (!UnitId.TryCreate(property.Name, out UnitId unit, out UnitIdError error))
            {
                input.Errors.Add(pointer, UnitIdMessages.Of(error));
            }
            else if (input.KeyOf(property.Value, pointer) is { } variant && !overrides.TryAdd(unit.Value, variant))
            {
                input.Errors.Add(pointer, "Another spelling of this unit id is overridden too.");
            }
        }

        return overrides.ToImmutable();
    }

    private static void CheckLater(JsonInput input)
    {
        if (input.Key("layer") is { } layer)
        {
            input.Errors.Add(input.At("layer"), $"There is no layer {layer}: layers are not available yet.", ErrorCode.LayerNotFound);
        }

        if (input.Keys("holdouts", Limits.MetricsPerExperimentMax) is [var holdout, ..])
        {
            input.Errors.Add(input.At("holdouts/0"), $"There is no holdout {holdout}: holdouts are not available yet.", ErrorCode.HoldoutNotFound);
        }
    }

    /// <summary>A metric has one role in an experiment.</summary>
    private static void CheckRoles(JsonInput input, ExperimentDefinition definition)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (definition.PrimaryMetric is { } primary)
        {
            seen.Add(primary);
        }

        foreach ((string field, ImmutableArray<string> keys) in new[] { ("secondaryMetrics", definition.SecondaryMetrics), ("guardrails", definition.Guardrails) })
        {
            for (int i = 0; i < keys.Length; i++)
            {
                // A key that is twice in one list was refused where the list was read.
                if (!seen.Add(keys[i]) && keys.IndexOf(keys[i]) == i)
                {
                    input.Errors.Add($"{input.At(field)}/{i}", $"The metric {keys[i]} has another role already.");
                }
            }
        }
    }
}
