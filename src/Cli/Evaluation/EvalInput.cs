using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Splitstream.Bucketing;
using Splitstream.Stats;

namespace Splitstream.Cli.Evaluation;

/// <summary>
/// The fields of one question. Each reader checks its field's type and range and coerces nothing. A field that fails becomes the
/// line's <see cref="Refusal"/>, unless an earlier one did, and reads as empty or zero; the op then returns without computing.
/// </summary>
internal sealed class EvalInput(JsonElement fields)
{
    /// <summary>The first thing wrong with the fields read so far, or null.</summary>
    public EvalRefusal? Refusal { get; private set; }

    /// <summary>Whether every field read so far is sound.</summary>
    public bool Sound => Refusal is null;

    /// <summary>A text of any length.</summary>
    public string Text(string name) => Text(fields, name, name);

    /// <summary>A number in a range.</summary>
    public double Number(string name, NumberRule rule) => Number(Field(fields, name), name, rule);

    /// <summary>A whole number, from 0 unless another least is given, to 2^53.</summary>
    public long Count(string name, long least = 0) => (long)Number(name, NumberRule.CountFrom(least));

    /// <summary>True or false.</summary>
    public bool Flag(string name)
    {
        JsonElement value = Field(fields, name);
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            RefuseField(name, "be true or false", value);
        }

        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>One of a few names, case-sensitive.</summary>
    public T Choice<T>(string name, IReadOnlyDictionary<string, T> choices)
    {
        JsonElement value = Field(fields, name);
        if (EvalField.TryGetText(value, out string text) && choices.TryGetValue(text, out T? choice))
        {
            return choice;
        }

        RefuseField(name, "be one of " + string.Join(", ", choices.Keys), value);
        return default!;
    }

    /// <summary>A list of numbers in a range.</summary>
    public double[] Numbers(string name, NumberRule rule, int least = 1) => Numbers(Field(fields, name), name, rule, least);

    /// <summary>A list of numbers, as many as another field has.</summary>
    public double[] Numbers(string name, NumberRule rule, int least, int length, string owner)
    {
        double[] numbers = Numbers(name, rule, least);
        if (Sound && numbers.Length != length)
        {
            RefuseField(name, $"have as many elements as {owner}, which has {length}", Field(fields, name));
        }

        return numbers;
    }

    /// <summary>A list of numbers that rise strictly.</summary>
    public double[] Rising(string name, NumberRule rule)
    {
        double[] numbers = Numbers(name, rule);
        for (int i = 1; i < numbers.Length; i++)
        {
            if (numbers[i] <= numbers[i - 1])
            {
                RefuseField(name, $"rise strictly, but element {i} does not", Field(fields, name));
            }
        }

        return numbers;
    }

    /// <summary>A list of rows, each with the same number of whole numbers.</summary>
    public long[][] Counts(string name, int columns, int leastRows = 1, int mostRows = int.MaxValue)
    {
        List<JsonElement> rows = List(Field(fields, name), name, leastRows, mostRows);
        var table = new List<long[]>(rows.Count);
        foreach (JsonElement row in rows)
        {
            string path = $"{name}[{table.Count}]";
            double[] numbers = Numbers(row, path, NumberRule.Count, 1);
            if (Sound && numbers.Length != columns)
            {
                RefuseField(path, $"have {columns} elements", row);
            }

            if (!Sound)
            {
                return [];
            }

            table.Add(Array.ConvertAll(numbers, number => (long)number));
        }

        return [.. table];
    }

    /// <summary>One number per rule, in a list of exactly that length.</summary>
    public double[] Tuple(string name, params NumberRule[] rules)
    {
        List<JsonElement> items = List(Field(fields, name), name, rules.Length, rules.Length);
        return [.. items.Select((item, i) => Number(item, $"{name}[{i}]", rules[i]))];
    }

    /// <summary>Labels, each a whole number or a text, as small numbers: equal ones where the labels are equal.</summary>
    public int[] Labels(string name, int length, string owner)
    {
        var known = new Dictionary<object, int>();
        var labels = new List<int>();
        foreach (JsonElement item in List(Field(fields, name), name, 1, int.MaxValue))
        {
            string path = $"{name}[{labels.Count}]";
            object label = "";
            if (item.ValueKind == JsonValueKind.Number)
            {
                double number = Number(item, path, NumberRule.Any);
                label = number;
                if (Sound && !double.IsInteger(number))
                {
                    RefuseField(path, "be a whole number or a text", item);
                }
            }
            else if (EvalField.TryGetText(item, out string text))
            {
                label = text;
            }
            else
            {
                RefuseField(path, "be a whole number or a text", item);
            }

            if (!Sound)
            {
                return [];
            }

            if (!known.TryGetValue(label, out int index))
            {
                index = known.Count;
                known.Add(label, index);
            }

            labels.Add(index);
        }

        if (Sound && labels.Count != length)
        {
            RefuseField(name, $"have as many elements as {owner}, which has {length}", Field(fields, name));
        }

        return [.. labels];
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
            if (!Sound)
            {
                return [];
            }
        }

        return variants;
    }

    /// <summary>Whether the engine has an answer; if not, the line is refused with its reason.</summary>
    public bool Has<T>(Computed<T> computed, [NotNullWhen(true)] out T? value)
        where T : notnull
    {
        bool has = computed.TryGet(out value, out Inconclusive? why);
        if (!has)
        {
            RefuseResult(why!.Detail.TrimEnd('.'));
        }

        return has;
    }

    /// <summary>Refuses although every field is in range, because there is no answer.</summary>
    public void RefuseResult(string detail) => Refusal ??= new EvalRefusal(EvalRefusal.UndefinedResult, detail);

    /// <summary>Refuses because of what one field says beside the others.</summary>
    public void RefuseField(string name, string rule) => RefuseField(name, rule, Field(fields, name));

    private double[] Numbers(JsonElement list, string path, NumberRule rule, int least)
    {
        List<JsonElement> items = List(list, path, least, int.MaxValue);
        double[] numbers = new double[items.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!TryNumber(items[i], out numbers[i]) || !rule.Holds(numbers[i]))
            {
                Number(items[i], $"{path}[{i}]", rule);
                return [];
            }
        }

        return numbers;
    }

    private List<JsonElement> List(JsonElement value, string path, int least, int most)
    {
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() >= least && value.GetArrayLength() <= most)
        {
            return [.. value.EnumerateArray()];
        }

        RefuseField(path, least == most ? $"be a list of {least} elements" : $"be a list of at least {least} elements", value);
        return [];
    }

    private WeightedVariant Variant(JsonElement item, string path)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            RefuseField(path, "be an object with key and weight", item);
            return new WeightedVariant("", 0);
        }

        string key = Text(item, "key", path + ".key");
        return new WeightedVariant(key, Number(Field(item, "weight"), path + ".weight", NumberRule.NotNegative));
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

    private double Number(JsonElement value, string path, NumberRule rule)
    {
        if (!TryNumber(value, out double number))
        {
            RefuseField(path, value.ValueKind == JsonValueKind.Number ? "be finite as a double" : "be a number", value);
            return 0;
        }

        if (!rule.Holds(number))
        {
            RefuseField(path, rule.Must, value);
            return 0;
        }

        return number;
    }

    /// <summary>Straight from the text: the nearest double whatever the number of digits; false when it is none, or infinite.</summary>
    private static bool TryNumber(JsonElement value, out double number)
    {
        number = value.ValueKind == JsonValueKind.Number
            ? double.Parse(JsonMarshal.GetRawUtf8Value(value), NumberStyles.Float, CultureInfo.InvariantCulture)
            : double.NaN;
        return double.IsFinite(number);
    }

    private static JsonElement Field(JsonElement owner, string name) =>
        EvalField.TryGet(owner, name, out JsonElement value) ? value : default;

    private void RefuseField(string path, string rule, JsonElement value) =>
        Refusal ??= new EvalRefusal(EvalRefusal.InvalidInput, $"{path} must {rule}, was {EvalField.Show(value)}");
}
