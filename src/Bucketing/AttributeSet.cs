using System.Text.Json;

namespace Splitstream.Bucketing;

/// <summary>What a client tells about a unit, by name. Names are case-sensitive and ordinal. <c>default</c> is the empty set.</summary>
/// <remarks>A set made from JSON reads from the document when asked and must not outlive it.</remarks>
public readonly struct AttributeSet
{
    private readonly JsonElement _json;
    private readonly IReadOnlyDictionary<string, AttributeValue>? _values;

    private AttributeSet(JsonElement json, IReadOnlyDictionary<string, AttributeValue>? values)
    {
        _json = json;
        _values = values;
    }

    /// <summary>No attributes.</summary>
    public static AttributeSet Empty => default;

    /// <summary>The fields of a JSON object. Null and undefined are the empty set; of a repeated field the last one counts.</summary>
    /// <exception cref="ArgumentException">The element is another kind of value.</exception>
    public static AttributeSet From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new AttributeSet(element, null),
        JsonValueKind.Undefined or JsonValueKind.Null => default,
        _ => throw new ArgumentException("Attributes are a JSON object.", nameof(element)),
    };

    /// <summary>The entries of a dictionary, which must not change while the set is in use.</summary>
    public static AttributeSet From(IReadOnlyDictionary<string, AttributeValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new AttributeSet(default, values);
    }

    /// <summary>The attribute, or a missing value when there is none.</summary>
    public AttributeValue Get(string name)
    {
        if (_values is not null)
        {
            return _values.TryGetValue(name, out AttributeValue value) ? value : default;
        }

        return _json.ValueKind == JsonValueKind.Object && _json.TryGetProperty(name, out JsonElement element)
            ? AttributeValue.From(element)
            : default;
    }
}
