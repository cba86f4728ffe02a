using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Experiments;

/// <summary>Reads the variants of a new experiment, and their edits.</summary>
internal static class VariantInput
{
    private const string WeightRule = "be finite and zero or more";

    private static readonly FrozenSet<string> Fields = KnownFields.Of(ApiJsonContext.Default.VariantRequest);

    /// <summary>The variants of a new experiment: 2 to 20, different keys, a positive finite sum of weights, one control.</summary>
    public static ImmutableArray<Variant> Read(JsonInput experiment)
    {
        if (experiment.List("variants", Limits.VariantsMin, Limits.VariantsMax, required: true) is not { } list)
        {
            return [];
        }

        InputErrors errors = experiment.Errors;
        var variants = ImmutableArray.CreateBuilder<Variant>();
        int before = errors.Count;
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (JsonInput.Of(item, $"{experiment.At("variants")}/{index++}", errors, Fields) is not { } input)
            {
                continue;
            }

            string? key = input.Key("key", required: true);
            double? weight = input.Number("weight", IsWeight, WeightRule, required: true);
            bool isControl = input.Flag("isControl") ?? false;
            string? payload = input.Raw("payload", Limits.PayloadMaxCharacters);
            if (key is not null && variants.Any(other => other.Key == key))
            {
                errors.Add(input.At("key"), $"Two variants have the key {key}.");
            }

            variants.Add(new Variant(key ?? "", weight ?? 0, isControl, payload));
        }

        if (errors.Count > before)
        {
            return variants.ToImmutable();
        }

        CheckSum(experiment, variants.Sum(variant => variant.Weight));
        int controls = variants.Count(variant => variant.IsControl);
        if (controls == 0)
        {
            variants[0] = variants[0] with { IsControl = true };
        }
        else if (controls > 1)
        {
            errors.Add(experiment.At("variants"), $"Exactly one variant must be the control, {controls} say they are.");
        }

        return variants.ToImmutable();
    }

    /// <summary>Edits of variants by key; null when there are none. What only the whole experiment can tell is checked where it is merged.</summary>
    public static ImmutableArray<VariantEdit>? ReadEdits(JsonInput experiment)
    {
        if (experiment.List("variants", 0, Limits.VariantsMax) is not { } list)
        {
            return null;
        }

        InputErrors errors = experiment.Errors;
        var edits = ImmutableArray.CreateBuilder<VariantEdit>();
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (JsonInput.Of(item, $"{experiment.At("variants")}/{index++}", errors, Fields) is not { } input)
            {
                continue;
            }

            string? key = input.Key("key", required: true);
            if (key is not null && edits.Any(other => other.Key == key))
            {
                errors.Add(input.At("key"), $"The variant {key} is edited twice.");
            }

            edits.Add(new VariantEdit(
                key ?? "",
                input.Number("weight", IsWeight, WeightRule),
                input.Flag("isControl"),
                new Optional<string>(input.Has("payload"), input.Raw("payload", Limits.PayloadMaxCharacters))));
        }

        if (edits.Count(edit => edit.IsControl == true) > 1)
        {
            errors.Add(experiment.At("variants"), "Exactly one variant must be the control.");
        }

        return edits.ToImmutable();
    }

    private static bool IsWeight(double value) => value >= 0;

    private static void CheckSum(JsonInput experiment, double sum)
    {
        if (!(sum > 0 && double.IsFinite(sum)))
        {
            experiment.Errors.Add(experiment.At("variants"), "The sum of all weights must be positive and finite.");
        }
    }
}
