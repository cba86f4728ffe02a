using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Splitstream.Bucketing;

/// <summary>Which units an experiment is for, by their attributes. Immutable and safe for concurrent use.</summary>
/// <remarks>
/// In JSON: null or {} matches every unit; {"all": [...]}, {"any": [...]} and {"not": {...}} combine;
/// {"attribute": "country", "operator": "in", "value": ["SE", "DK"]} is a condition. The operators and what they do with missing
/// attributes and other types are those of <see cref="ComparisonOperator"/>.
/// </remarks>
public sealed class TargetingRule
{
    /// <summary>How deep combinations may be nested; a lone condition has depth 1.</summary>
    public const int MaxDepth = 16;

    /// <summary>How many conditions a rule may have.</summary>
    public const int MaxConditions = 200;

    /// <summary>How many values the conditions of a rule may have together.</summary>
    public const int MaxValues = 1_000;

    /// <summary>The greatest length of an attribute's name or a text value, in UTF-16 units.</summary>
    public const int MaxTextLength = 1_024;

    private readonly TargetingNode? _root;

    private TargetingRule(TargetingNode? root) => _root = root;

    /// <summary>The rule that every unit matches.</summary>
    public static TargetingRule Everyone { get; } = new(null);

    /// <summary>Whether the rule is <see cref="Everyone"/>, so that attributes need not be read.</summary>
    public bool MatchesEveryone => _root is null;

    /// <summary>Reads and compiles a rule.</summary>
    /// <param name="element">The rule; undefined counts as null. The rule keeps no reference to its document.</param>
    /// <param name="rule">The rule, or null when refused.</param>
    /// <param name="problem">Null, or the first thing that is wrong with it, in document order.</param>
    public static bool TryParse(
        JsonElement element, [NotNullWhen(true)] out TargetingRule? rule, [NotNullWhen(false)] out InputProblem? problem)
    {
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
            || (element.ValueKind == JsonValueKind.Object && !element.EnumerateObject().Any()))
        {
            (rule, problem) = (Everyone, null);
            return true;
        }

        TargetingNode? root = new TargetingParser().Read(element, out problem);
        rule = root is null ? null : new TargetingRule(root);
        return rule is not null;
    }

    /// <summary>Whether a unit with these attributes is targeted.</summary>
    public bool Matches(in AttributeSet attributes) => _root is null || _root.Matches(attributes);

    /// <summary>How every condition turned out, in document order, those included that could not change the answer.</summary>
    public ImmutableArray<TargetingOutcome> Explain(in AttributeSet attributes)
    {
        var outcomes = new List<TargetingOutcome>();
        _root?.Explain(attributes, outcomes);
        return [.. outcomes];
    }
}
