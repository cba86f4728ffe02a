using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Splitstream.Bucketing;

namespace Splitstream.Cli.Evaluation;

/// <summary>
/// The fields of one question. Each reader checks its field's type and range and coerces nothing. A field that fails becomes the
/// line's <see cref="Refusal"/>, unless an earlier one did, and reads as empty or zero; the op then returns without computing.
/// </summary>
internal sealed class EvalInput(JsonElement fields)
{
    /// <summary>The first thing wrong with the fields read so far, or null.</summary>
    public EvalRefusal? Refusal { get; private set; }

    /// <summary>A text of any length.</summary>
    public string Text(string name) => Text(fields, name, name);

    /// <summary>A finite number in a closed range.</summary>
    public double Number(string name, double least, double most)
    {
        double value = Number(fields, name, name);
        if (Refusal is null && !(value >= least && value <= most))
        {
            RefuseField(name, $"lie between {Write(least)} and {Write(most)}", Field(fields, name));
        }

        return value;
    }

    /// <summary>An integer-valued number from 0 to <paramref name="most"/>; <c>12.0</c> counts.</summary>
    public double Count(string name, double most)
    {
        double value = Number(fields, name, name);
        if (Refusal is null && !(value >= 0 && value <= most && double.IsInteger(value)))
        {
            RefuseField(name, $"be a whole number from 0 to {Write(most)}", Field(fields, name));
        }

        return value;
    }

    /// <summary>The variants under their field's fixed name: at least one, each with a key and a weight that is not negative.</summary>
    public IReadOnlyList<WeightedVariant> Variants()
    {
        const string Name = "variants";
        JsonElement list = Field(fields, Name);
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            RefuseField(Name, "be a list of at least one variant", list);
            return [];
        }

        var variants = new List<WeightedVariant>(list.GetArrayLength());
        foreach (JsonElement item in list.EnumerateArray())
        {
            variants.Add(Variant(item, $"{Name}[{variants.Count}]"));
            if (Refusal is not null)
            {
                return [];
            }
        }

        return variants;
    }

    /// <summary>Refuses although every field is in range, because there is no answer.</summary>
    public void RefuseResult(string detail) => Refusal ??= new EvalRefusal(EvalRefusal.UndefinedResult, detail);

    private WeightedVariant Variant(JsonElement item, string path)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            RefuseField(path, "be an object with key and weight", item);
            return new WeightedVariant("", 0);
        }

        string key = Text(item, "key", path + ".key");
        double weight = Number(item, "weight", path + ".weight");
        if (Refusal is null && weight < 0)
        {
            RefuseField(path + ".weight", "not be negative", Field(item, "weight"));
        }

        return new WeightedVariant(key, weight);
    }

    private string Text(JsonElement owner, string name, string path)
    {
        JsonElement value = Field(owner, name);
        if (!EvalField.TryGetText(value, out string text))
        {
            RefuseField(path, value.ValueKind == JsonValueKind.String ? "be a text without lone surrogates" : "be a text", value);
        }

        return text;
    }

    private double Number(JsonElement owner, string name, string path)
    {
        JsonElement value = Field(owner, name);
        if (value.ValueKind != JsonValueKind.Number)
        {
            RefuseField(path, "be a number", value);
            return 0;
        }

        // Straight from the text: the nearest double whatever the number of digits, infinity beyond the largest.
        double number = double.Parse(JsonMarshal.GetRawUtf8Value(value), NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
        {
            RefuseField(path, "be finite as a double", value);
            return 0;
        }

        return number;
    }

    private static JsonElement Field(JsonElement owner, string name) =>
        EvalField.TryGet(owner, name, out JsonElement value) ? value : default;

    private void RefuseField(string path, string rule, JsonElement value) =>
        Refusal ??= new EvalRefusal(EvalRefusal.InvalidInput, $"{path} must {rule}, was {EvalField.Show(value)}");

    private static string Write(double value) => value.ToString(CultureInfo.InvariantCulture);
}
