using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Splitstream.Bucketing;

/// <summary>One attribute of a unit, or one value of a condition. <c>default</c> is a missing attribute.</summary>
public readonly struct AttributeValue : IEquatable<AttributeValue>
{
    private readonly object? _reference;
    private readonly double _number;

    private AttributeValue(AttributeKind kind, object? reference, double number)
    {
        Kind = kind;
        _reference = reference;
        _number = number;
    }

    /// <summary>The value's type.</summary>
    public AttributeKind Kind { get; }

    /// <summary>The text, or empty when the value is none.</summary>
    public string Text => _reference as string ?? "";

    /// <summary>The number; zero when the value is none.</summary>
    public double Number => Kind == AttributeKind.Number ? _number : 0;

    /// <summary>The boolean; false when the value is none.</summary>
    public bool Boolean => Kind == AttributeKind.Boolean && _number != 0;

    /// <summary>The elements, none of which is a list; empty when the value is no list.</summary>
    public ImmutableArray<AttributeValue> Items => _reference is AttributeValue[] items ? [.. items] : [];

    /// <summary>The elements without a copy.</summary>
    internal ReadOnlySpan<AttributeValue> ItemSpan => _reference as AttributeValue[];

    /// <summary>A text; null is missing.</summary>
    public static AttributeValue Of(string? text) => text is null ? default : new AttributeValue(AttributeKind.Text, text, 0);

    /// <summary>A number; NaN and infinities become <see cref="AttributeKind.Other"/>.</summary>
    public static AttributeValue Of(double number) =>
        double.IsFinite(number) ? new AttributeValue(AttributeKind.Number, null, number) : new AttributeValue(AttributeKind.Other, null, 0);

    /// <summary>A boolean.</summary>
    public static AttributeValue Of(bool value) => new(AttributeKind.Boolean, null, value ? 1 : 0);

    /// <summary>A list; elements that are lists themselves become <see cref="AttributeKind.Other"/>.</summary>
    public static AttributeValue Of(IEnumerable<AttributeValue> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        AttributeValue[] flat = [.. items];
        for (int i = 0; i < flat.Length; i++)
        {
            flat[i] = flat[i].Kind == AttributeKind.List ? new AttributeValue(AttributeKind.Other, null, 0) : flat[i];
        }

        return new AttributeValue(AttributeKind.List, flat, 0);
    }

    /// <summary>Reads a JSON value; null and undefined are missing, objects and texts with lone surrogates are other.</summary>
    public static AttributeValue From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => default,
        JsonValueKind.True => Of(true),
        JsonValueKind.False => Of(false),
        JsonValueKind.Number => Of(element.TryGetDouble(out double number) ? number : double.NaN),
        JsonValueKind.String => JsonText.TryGet(element, out string text) ? Of(text) : new AttributeValue(AttributeKind.Other, null, 0),
        JsonValueKind.Array => Of(element.EnumerateArray().Select(item =>
            item.ValueKind == JsonValueKind.Array ? new AttributeValue(AttributeKind.Other, null, 0) : From(item))),
        _ => new AttributeValue(AttributeKind.Other, null, 0),
    };

    /// <summary>Same kind and same value; texts by ordinal, lists element by element. Two values that are other are equal.</summary>
    public bool Equals(AttributeValue other) =>
        Kind == other.Kind
        && _number == other._number
        && (Kind == AttributeKind.List ? ItemSpan.SequenceEqual(other.ItemSpan) : string.Equals(Text, other.Text, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AttributeValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Kind, Kind == AttributeKind.List ? ItemSpan.Length : Text.GetHashCode(StringComparison.Ordinal), _number);

    /// <summary>The value for people to read.</summary>
    public override string ToString() => Kind switch
    {
        AttributeKind.Text => $"\"{Text}\"",
        AttributeKind.Number => _number.ToString(CultureInfo.InvariantCulture),
        AttributeKind.Boolean => Boolean ? "true" : "false",
        AttributeKind.List => $"[{string.Join(", ", Items)}]",
        AttributeKind.Other => "a value of a type that cannot be compared",
        _ => "missing",
    };
}
