using System.Collections.Frozen;

namespace Splitstream.Bucketing;

/// <summary>A leaf of a compiled rule: one attribute compared with one value, or with a set of them.</summary>
internal sealed record ConditionNode : TargetingNode
{
    private readonly string _attribute;
    private readonly ComparisonOperator _operator;
    private readonly AttributeValue _value;
    private readonly FrozenSet<AttributeValue> _set;
    private readonly FrozenSet<AttributeKind> _kinds;
    private readonly SemanticVersion? _version;

    /// <param name="pointer">Where the condition stands.</param>
    /// <param name="attribute">Name of the attribute.</param>
    /// <param name="comparison">The operator; the parser has checked that the value suits it.</param>
    /// <param name="value">A scalar, a list for the set operators, or missing for the two about existence.</param>
    public ConditionNode(string pointer, string attribute, ComparisonOperator comparison, AttributeValue value)
        : base(pointer)
    {
        _attribute = attribute;
        _operator = comparison;
        _value = value;
        AttributeValue[] values = value.Kind == AttributeKind.List ? value.ItemSpan.ToArray() : [value];
        _set = values.ToFrozenSet();
        _kinds = values.Select(item => item.Kind).ToFrozenSet();
        _version = comparison is ComparisonOperator.VersionLessThan or ComparisonOperator.VersionAtLeast
            ? SemanticVersion.TryParse(value.Text)
            : null;
    }

    public override bool Matches(in AttributeSet attributes) => Holds(attributes.Get(_attribute));

    public override bool Explain(in AttributeSet attributes, List<TargetingOutcome> outcomes)
    {
        AttributeValue found = attributes.Get(_attribute);
        bool matched = Holds(found);
        string expected = _value.Kind == AttributeKind.Missing ? "" : _value.ToString();
        outcomes.Add(new TargetingOutcome(Pointer, _attribute, _operator.ToCode(), expected, found, matched));
        return matched;
    }

    private bool Holds(in AttributeValue found) => _operator switch
    {
        ComparisonOperator.Exists => found.Kind != AttributeKind.Missing,
        ComparisonOperator.NotExists => found.Kind == AttributeKind.Missing,
        ComparisonOperator.Equals or ComparisonOperator.In => Compare(found).Among,
        ComparisonOperator.NotEquals or ComparisonOperator.NotIn => Compare(found) is { Comparable: true, Among: false },
        ComparisonOperator.LessThan => found.Kind == AttributeKind.Number && found.Number < _value.Number,
        ComparisonOperator.AtMost => found.Kind == AttributeKind.Number && found.Number <= _value.Number,
        ComparisonOperator.GreaterThan => found.Kind == AttributeKind.Number && found.Number > _value.Number,
        ComparisonOperator.AtLeast => found.Kind == AttributeKind.Number && found.Number >= _value.Number,
        ComparisonOperator.Contains or ComparisonOperator.StartsWith or ComparisonOperator.EndsWith => AnyText(found),
        ComparisonOperator.VersionLessThan => CompareVersion(found) < 0,
        ComparisonOperator.VersionAtLeast => CompareVersion(found) >= 0,
        _ => throw new InvalidOperationException($"Operator {_operator} is not evaluated."),
    };

    /// <summary>Whether anything in the attribute has a type to compare, and whether any of it is among the values.</summary>
    private (bool Comparable, bool Among) Compare(in AttributeValue found)
    {
        if (found.Kind != AttributeKind.List)
        {
            return (_kinds.Contains(found.Kind), _set.Contains(found));
        }

        bool comparable = false;
        foreach (AttributeValue item in found.ItemSpan)
        {
            comparable |= _kinds.Contains(item.Kind);
            if (_set.Contains(item))
            {
                return (true, true);
            }
        }

        return (comparable, false);
    }

    private bool AnyText(in AttributeValue found)
    {
        if (found.Kind != AttributeKind.List)
        {
            return found.Kind == AttributeKind.Text && TextHolds(found.Text);
        }

        foreach (AttributeValue item in found.ItemSpan)
        {
            if (item.Kind == AttributeKind.Text && TextHolds(item.Text))
            {
                return true;
            }
        }

        return false;
    }

    private bool TextHolds(string text) => _operator switch
    {
        ComparisonOperator.Contains => text.Contains(_value.Text, StringComparison.Ordinal),
        ComparisonOperator.StartsWith => text.StartsWith(_value.Text, StringComparison.Ordinal),
        _ => text.EndsWith(_value.Text, StringComparison.Ordinal),
    };

    /// <summary>Order of the attribute's version against the condition's, or null when the attribute is no version.</summary>
    private int? CompareVersion(in AttributeValue found) =>
        found.Kind == AttributeKind.Text && SemanticVersion.TryParse(found.Text) is { } version ? version.CompareTo(_version) : null;
}
