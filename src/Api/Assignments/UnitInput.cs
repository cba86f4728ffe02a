using System.Text.Json;
using Splitstream.Api.Input;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces;

namespace Splitstream.Api.Assignments;

/// <summary>Reads what requests about units have in common.</summary>
internal static class UnitInput
{
    /// <summary>The field <c>unitId</c>, as sent and as identity; null when refused.</summary>
    public static (string Sent, UnitId Unit)? Unit(JsonInput input)
    {
        if (!input.TryGet("unitId", out JsonElement value))
        {
            input.Errors.Add(input.At("unitId"), "unitId is required.");
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            input.Errors.Add(input.At("unitId"), "unitId must be a text.");
            return null;
        }

        UnitIdError error = UnitIdError.LoneSurrogate;
        if (JsonTexts.TryGet(value, out string text) && UnitId.TryCreate(text, out UnitId unit, out error))
        {
            return (text, unit);
        }

        input.Errors.Add(input.At("unitId"), UnitIdMessages.Of(error));
        return null;
    }

    /// <summary>The field <c>attributes</c>; they read from the document and must not outlive it.</summary>
    public static AttributeSet Attributes(JsonInput input)
    {
        if (!input.TryGet("attributes", out JsonElement value))
        {
            return AttributeSet.Empty;
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            return AttributeSet.From(value);
        }

        input.Errors.Add(input.At("attributes"), "attributes must be an object.");
        return AttributeSet.Empty;
    }

    /// <summary>The field <c>experiments</c>; null for all running ones. Any text may be asked for.</summary>
    public static List<string>? Experiments(JsonInput input)
    {
        if (input.List("experiments", 0, Limits.ExperimentsPerAssign) is not { } list)
        {
            return null;
        }

        var keys = new List<string>(list.GetArrayLength());
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (JsonTexts.TryGet(item, out string key))
            {
                keys.Add(key);
            }
            else
            {
                input.Errors.Add($"{input.At("experiments")}/{keys.Count}", "An experiment must be named by a well-formed text.");
            }
        }

        return keys;
    }
}
