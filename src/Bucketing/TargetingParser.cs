using System.Text.Json;

namespace Splitstream.Bucketing;

/// <summary>Compiles the JSON of one targeting rule and counts what it has used of the rule's limits.</summary>
internal sealed class TargetingParser
{
    private int _conditions;
    private int _values;
    private InputProblem? _problem;

    /// <summary>The compiled tree, or null and the first problem.</summary>
    public TargetingNode? Read(JsonElement element, out InputProblem? problem)
    {
        TargetingNode? node = ReadNode(element, "", 1);
        problem = _problem;
        return node;
    }

    private TargetingNode? ReadNode(JsonElement element, string pointer, int depth)
    {
        if (depth > TargetingRule.MaxDepth)
        {
            return Refuse(pointer, $"conditions may be nested {TargetingRule.MaxDepth} deep, these are deeper");
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return Refuse(pointer, $"a condition must be an object, was {Describe(element)}");
        }

        Dictionary<string, JsonElement>? fields = ReadFields(element, pointer);
        if (fields is null)
        {
            return null;
        }

        if (fields.ContainsKey("attribute") || fields.ContainsKey("operator"))
        {
            return ReadCondition(fields, pointer);
        }

        if (fields.Count != 1)
        {
            return Refuse(pointer, "an object must be one of all, any, not, or a condition with attribute and operator");
        }

        (string name, JsonElement inner) = fields.Single();
        return name switch
        {
            "all" => ReadList(inner, pointer + "/all", depth) is { } children ? new AllNode(pointer, children) : null,
            "any" => ReadList(inner, pointer + "/any", depth) is { } children ? new AnyNode(pointer, children) : null,
            "not" => ReadNode(inner, pointer + "/not", depth + 1) is { } child ? new NotNode(pointer, child) : null,
            _ => Refuse(pointer, "an object must be one of all, any, not, or a condition with attribute and operator"),
        };
    }

    private Dictionary<string, JsonElement>? ReadFields(JsonElement element, string pointer)
    {
        var fields = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!JsonText.TryGetName(property, out string name) || name is not ("all" or "any" or "not" or "attribute" or "operator" or "value"))
            {
                Refuse(pointer, $"unknown field \"{Shorten(name)}\"");
                return null;
            }

            if (!fields.TryAdd(name, property.Value))
            {
                Refuse($"{pointer}/{name}", $"the field {name} is given twice");
                return null;
            }
        }

        return fields;
    }

    private TargetingNode[]? ReadList(JsonElement element, string pointer, int depth)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() == 0)
        {
            Refuse(pointer, $"a combination must be a list of at least one condition, was {Describe(element)}");
            return null;
        }

        var children = new List<TargetingNode>();
        foreach (JsonElement item in element.EnumerateArray())
        {
            if (ReadNode(item, $"{pointer}/{children.Count}", depth + 1) is not { } child)
            {
                return null;
            }

            children.Add(child);
        }

        return [.. children];
    }

    private ConditionNode? ReadCondition(Dictionary<string, JsonElement> fields, string pointer)
    {
        if (++_conditions > TargetingRule.MaxConditions)
        {
            return RefuseCondition(pointer, $"a rule may have {TargetingRule.MaxConditions} conditions, this one has more");
        }

        foreach (string name in fields.Keys)
        {
            if (name is not ("attribute" or "operator" or "value"))
            {
                return RefuseCondition($"{pointer}/{name}", $"a condition has attribute, operator and value, not {name}");
            }
        }

        if (!fields.TryGetValue("attribute", out JsonElement attribute)
            || !JsonText.TryGet(attribute, out string attributeName)
            || attributeName.Length is 0 or > TargetingRule.MaxTextLength)
        {
            return RefuseCondition(
                $"{pointer}/attribute", $"attribute must be a text of 1 to {TargetingRule.MaxTextLength} characters, was {Describe(attribute)}");
        }

        if (!fields.TryGetValue("operator", out JsonElement code)
            || !JsonText.TryGet(code, out string codeText)
            || !ComparisonOperators.TryParse(codeText, out ComparisonOperator comparison))
        {
            return RefuseCondition($"{pointer}/operator", $"operator is not known, was {Describe(code)}");
        }

        bool given = fields.TryGetValue("value", out JsonElement value);
        return ReadValue(comparison, given, value, $"{pointer}/value") is { } read
            ? new ConditionNode(pointer, attributeName, comparison, read)
            : null;
    }

    private AttributeValue? ReadValue(ComparisonOperator comparison, bool given, JsonElement element, string pointer)
    {
        AttributeValue value = AttributeValue.From(element);
        string? expected = comparison switch
        {
            ComparisonOperator.Exists or ComparisonOperator.NotExists => given ? "left out" : null,
            ComparisonOperator.In or ComparisonOperator.NotIn =>
                value.Kind == AttributeKind.List && value.ItemSpan.Length > 0 && value.Items.All(IsScalar)
                    ? null
                    : "a list of at least one text, number or boolean",
            ComparisonOperator.Equals or ComparisonOperator.NotEquals => IsScalar(value) ? null : "a text, a number or a boolean",
            ComparisonOperator.LessThan or ComparisonOperator.AtMost or ComparisonOperator.GreaterThan or ComparisonOperator.AtLeast =>
                value.Kind == AttributeKind.Number ? null : "a number",
            ComparisonOperator.VersionLessThan or ComparisonOperator.VersionAtLeast =>
                value.Kind == AttributeKind.Text && SemanticVersion.TryParse(value.Text) is not null ? null : "a version such as 1.2.3",
            _ => value.Kind == AttributeKind.Text ? null : "a text",
        };
        if (expected is not null)
        {
            Refuse(pointer, $"value of {comparison.ToCode()} must be {expected}, was {Describe(element)}");
            return null;
        }

        ReadOnlySpan<AttributeValue> items = value.Kind == AttributeKind.List ? value.ItemSpan : [value];
        _values += given ? items.Length : 0;
        if (_values > TargetingRule.MaxValues)
        {
            Refuse(pointer, $"the conditions of a rule may have {TargetingRule.MaxValues} values together, these have more");
            return null;
        }

        foreach (AttributeValue item in items)
        {
            if (item.Text.Length > TargetingRule.MaxTextLength)
            {
                Refuse(pointer, $"a text may have {TargetingRule.MaxTextLength} characters, was one of {item.Text.Length}");
                return null;
            }
        }

        return value;
    }

    private static bool IsScalar(AttributeValue value) => value.Kind is AttributeKind.Text or AttributeKind.Number or AttributeKind.Boolean;

    private static string Describe(JsonElement element) =>
        element.ValueKind == JsonValueKind.Undefined ? "missing" : Shorten(element.GetRawText());

    private static string Shorten(string text)
    {
        const int Shown = 60;
        return text.Length <= Shown ? text : text[..Shown] + "...";
    }

    private TargetingNode? Refuse(string pointer, string message)
    {
        _problem ??= new InputProblem(pointer, message);
        return null;
    }

    private ConditionNode? RefuseCondition(string pointer, string message)
    {
        Refuse(pointer, message);
        return null;
    }
}
