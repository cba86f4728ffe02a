using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>
/// Where in an event's properties a metric finds its value: the subset of JSONPath made of <c>$</c>, <c>.name</c>, <c>['name']</c> and
/// <c>[0]</c>. Steps are data, never query text, so nothing in them can be injected.
/// </summary>
/// <remarks>
/// The database looks a step up by its text alone: <c>[0]</c> also finds the member named 0 of an object, and <c>['0']</c> the first element
/// of an array. Names after a dot are ASCII letters, digits and underscores and begin with no digit; others are quoted.
/// </remarks>
public sealed class PropertyPath
{
    public const int MaxCharacters = 256;
    public const int MaxSteps = Limits.JsonDepth;
    private const int MaxIndexDigits = 6;

    private PropertyPath(ImmutableArray<string> steps) => Steps = steps;

    /// <summary>Member names and array indices from the outside in; empty for <c>$</c>, the properties as a whole.</summary>
    public ImmutableArray<string> Steps { get; }

    /// <summary>Reads a path.</summary>
    /// <param name="error">One English sentence that says what is wrong; null when nothing is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out PropertyPath? path, [NotNullWhen(false)] out string? error)
    {
        path = null;
        error = text.Length > MaxCharacters
            ? $"A property path must have at most {MaxCharacters} characters."
            : Parse(text, out path);
        return error is null && path is not null;
    }

    private static string? Parse(string text, out PropertyPath? path)
    {
        path = null;
        if (text.Length == 0 || text[0] != '$')
        {
            return "A property path must begin with $.";
        }

        var steps = ImmutableArray.CreateBuilder<string>();
        var position = 1;
        while (position < text.Length)
        {
            var step = text[position] switch
            {
                '.' => Name(text, ref position),
                '[' when position + 1 < text.Length && text[position + 1] == '\'' => Quoted(text, ref position),
                '[' => Index(text, ref position),
                _ => null,
            };
            if (step is null)
            {
                return $"A property path consists of $, .name, ['name'] and [0]; character {position + 1} fits none of them.";
            }

            steps.Add(step);
        }

        if (steps.Count > MaxSteps)
        {
            return $"A property path must have at most {MaxSteps} steps.";
        }

        path = new PropertyPath(steps.DrainToImmutable());
        return null;
    }

    private static string? Name(string text, ref int position)
    {
        var start = position + 1;
        var end = start;
        while (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '_' || (end > start && char.IsAsciiDigit(text[end]))))
        {
            end++;
        }

        return Take(text, ref position, start, end, end);
    }

    private static string? Quoted(string text, ref int position)
    {
        // No escapes: a name with a quote or a backslash cannot be written, and both are refused.
        var start = position + 2;
        var end = text.AsSpan(start).IndexOfAny("'\\\0") is >= 0 and var length ? start + length : text.Length;
        if (end + 1 >= text.Length || text[end] != '\'' || text[end + 1] != ']' || HasLoneSurrogate(text.AsSpan(start, end - start)))
        {
            return null;
        }

        return Take(text, ref position, start, end, end + 2);
    }

    private static string? Index(string text, ref int position)
    {
        var start = position + 1;
        var end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        var isPlain = end - start is > 0 and <= MaxIndexDigits && (end - start == 1 || text[start] != '0');
        return isPlain && end < text.Length && text[end] == ']' ? Take(text, ref position, start, end, end + 1) : null;
    }

    private static string? Take(string text, ref int position, int start, int end, int next)
    {
        if (end == start)
        {
            return null;
        }

        position = next;
        return text[start..end];
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var consumed) != OperationStatus.Done)
            {
                return true;
            }

            text = text[consumed..];
        }

        return false;
    }
}
