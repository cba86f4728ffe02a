using System.Collections;
using System.Reflection;

namespace Splitstream.Stats.Tests.BadInput;

/// <summary>What an answer amounts to.</summary>
internal static class Verdicts
{
    /// <summary>A <see cref="Computed{T}"/> without a value.</summary>
    public static bool IsInconclusive(object? answer) =>
        answer is not null
        && answer.GetType() is { IsGenericType: true } type
        && type.GetGenericTypeDefinition() == typeof(Computed<>)
        && !(bool)type.GetProperty(nameof(Computed<int>.IsConclusive))!.GetValue(answer)!;

    /// <summary>Every number in an answer, through records, lists and tuples.</summary>
    public static IEnumerable<double> Numbers(object? answer, int depth = 0)
    {
        if (answer is null || depth > 5)
            return [];
        if (answer is double number)
            return [number];
        var type = answer.GetType();
        if (type.IsPrimitive || type.IsEnum || answer is string)
            return [];
        if (IsInconclusive(answer))
            return [];
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Computed<>))
            return Numbers(type.GetProperty(nameof(Computed<int>.Value))!.GetValue(answer), depth + 1);
        if (answer is IEnumerable list)
            return list.Cast<object?>().Take(50).SelectMany(item => Numbers(item, depth + 1));
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && property.PropertyType != type)
            .Select(property => property.GetValue(answer))
            .Concat(type.GetFields(BindingFlags.Public | BindingFlags.Instance).Select(field => field.GetValue(answer)))
            .SelectMany(value => Numbers(value, depth + 1));
    }
}
