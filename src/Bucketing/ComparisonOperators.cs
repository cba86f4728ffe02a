using System.Collections.Frozen;

namespace Splitstream.Bucketing;

/// <summary>The names of <see cref="ComparisonOperator"/> in targeting rules.</summary>
public static class ComparisonOperators
{
    private static readonly FrozenDictionary<string, ComparisonOperator> ByCode =
        Enum.GetValues<ComparisonOperator>().ToFrozenDictionary(ToCode, StringComparer.Ordinal);

    /// <summary>The operator in snake case.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no operator.</exception>
    public static string ToCode(this ComparisonOperator value) => value switch
    {
        ComparisonOperator.Equals => "equals",
        ComparisonOperator.NotEquals => "not_equals",
        ComparisonOperator.In => "in",
        ComparisonOperator.NotIn => "not_in",
        ComparisonOperator.LessThan => "less_than",
        ComparisonOperator.AtMost => "at_most",
        ComparisonOperator.GreaterThan => "greater_than",
        ComparisonOperator.AtLeast => "at_least",
        ComparisonOperator.Contains => "contains",
        ComparisonOperator.StartsWith => "starts_with",
        ComparisonOperator.EndsWith => "ends_with",
        ComparisonOperator.Exists => "exists",
        ComparisonOperator.NotExists => "not_exists",
        ComparisonOperator.VersionLessThan => "version_less_than",
        ComparisonOperator.VersionAtLeast => "version_at_least",
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "Unknown operator."),
    };

    /// <summary>Finds an operator by its code.</summary>
    public static bool TryParse(string code, out ComparisonOperator value) => ByCode.TryGetValue(code, out value);
}
