using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Grains.Interfaces.Events;

/// <summary>Whether one exposure or event is valid by itself: names, ids, time and properties. Pure; what the database knows is not asked.</summary>
/// <remarks>
/// Times: RFC 3339 with a zone; more than <see cref="Limits.OldestItem"/> before receipt is <see cref="ErrorCode.TooOld"/>, more than
/// <see cref="Limits.FutureItem"/> after it <see cref="ErrorCode.InFuture"/>, both bounds themselves still accepted. Times are cut to whole
/// microseconds, the database's resolution. Every other fault is <see cref="ErrorCode.InvalidItem"/>. Members not named here are ignored.
/// </remarks>
public static partial class ItemRules
{
    private const int TimestampMaxCharacters = 40;

    /// <summary>Checks one element of <c>exposures</c>: exposureId, unitId, experiment, variant, timestamp, attributes, sdk, bot.</summary>
    public static ItemCheck<ExposureItem> Exposure(int index, JsonElement item, DateTimeOffset receivedAt)
    {
        var reader = new Reader(index, item);
        var id = reader.Id("exposureId");
        var unit = reader.Unit();
        var experiment = reader.Key("experiment");
        var variant = reader.Key("variant");
        var attributes = reader.Attributes();
        var sdk = reader.Optional("sdk", Limits.SdkMaxCharacters);
        var isBot = reader.Flag("bot");
        var occurredAt = reader.Time(receivedAt);
        return reader.Refusal is { } refusal
            ? new(null, refusal)
            : new(new ExposureItem(index, id, unit, experiment, variant, occurredAt, attributes, sdk, isBot), null);
    }

    /// <summary>Checks one element of <c>events</c>: eventId, unitId, name, timestamp, properties.</summary>
    public static ItemCheck<EventItem> Event(int index, JsonElement item, DateTimeOffset receivedAt)
    {
        var reader = new Reader(index, item);
        var id = reader.Id("eventId");
        var unit = reader.Unit();
        var name = reader.Text("name", Limits.EventNameMaxCharacters);
        var properties = reader.Properties();
        var occurredAt = reader.Time(receivedAt);
        return reader.Refusal is { } refusal
            ? new(null, refusal)
            : new(new EventItem(index, id, unit, name, occurredAt, properties), null);
    }

    [GeneratedRegex(Limits.KeyPattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyRegex();

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,12})?([Zz]|[+-]\d{2}:\d{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex TimestampRegex();

    /// <summary>Reads members until the first fault, which it keeps; what it answers after a fault means nothing.</summary>
    private struct Reader
    {
        private readonly int _index;
        private readonly JsonElement _item;

        public Reader(int index, JsonElement item)
        {
            _index = index;
            _item = item;
            if (item.ValueKind != JsonValueKind.Object)
            {
                Fail("An item must be a JSON object.");
            }
        }

        public RejectedItem? Refusal { get; private set; }

        public string? Id(string member) => Optional(member, Limits.ItemIdMaxCharacters);

        public string? Optional(string member, int maxCharacters) =>
            Member(member) is { ValueKind: not JsonValueKind.Null } ? Text(member, maxCharacters) : null;

        public string Unit()
        {
            if (String("unitId") is not { } text)
            {
                return "";
            }

            if (!UnitId.TryCreate(text, out var unit, out var error))
            {
                Fail(error switch
                {
                    UnitIdError.Empty => "unitId must not be empty.",
                    UnitIdError.TooLong => $"unitId must have at most {UnitId.MaxCodePoints} code points.",
                    UnitIdError.ContainsNul => "unitId must not contain U+0000.",
                    _ => "unitId must not contain lone surrogates.",
                });
            }

            return unit.Value;
        }

        public string Key(string member)
        {
            if (String(member) is not { } text)
            {
                return "";
            }

            if (!KeyRegex().IsMatch(text))
            {
                Fail($"{member} must match {Limits.KeyPattern}.");
            }

            return text;
        }

        public string Text(string member, int maxCharacters)
        {
            if (String(member) is not { } text)
            {
                return "";
            }

            var characters = text.Length - text.Count(char.IsLowSurrogate);
            if (characters == 0 || characters > maxCharacters)
            {
                Fail($"{member} must have 1 to {maxCharacters} characters.");
            }
            else if (text.Contains('\0'))
            {
                Fail($"{member} must not contain U+0000.");
            }

            return text;
        }

        public DateTimeOffset Time(DateTimeOffset receivedAt)
        {
            if (String("timestamp") is not { } text)
            {
                return default;
            }

            if (text.Length > TimestampMaxCharacters
                || !TimestampRegex().IsMatch(text)
                || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time))
            {
                Fail("timestamp must be an RFC 3339 time with a zone, such as 2026-03-01T12:00:00Z.");
                return default;
            }

            if (receivedAt - time > Limits.OldestItem)
            {
                Fail($"timestamp is more than {Limits.OldestItem.TotalDays:0} days before receipt.", ErrorCode.TooOld);
            }
            else if (time - receivedAt > Limits.FutureItem)
            {
                Fail($"timestamp is more than {Limits.FutureItem.TotalMinutes:0} minutes after receipt.", ErrorCode.InFuture);
            }

            return time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
        }

        public string? Properties()
        {
            if (Member("properties") is not { ValueKind: not JsonValueKind.Null } properties)
            {
                return null;
            }

            if (properties.ValueKind != JsonValueKind.Object)
            {
                Fail("properties must be a JSON object.");
                return null;
            }

            if (PropertyRules.FindFault(properties) is { } fault)
            {
                Fail(fault);
                return null;
            }

            return properties.GetRawText();
        }

        public bool Flag(string member)
        {
            if (Member(member) is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.False) } flag)
            {
                return false;
            }

            if (flag.ValueKind != JsonValueKind.True)
            {
                Fail($"{member} must be true or false.");
            }

            return true;
        }

        /// <summary>A small object of plain values, which segments are made of.</summary>
        public string? Attributes()
        {
            if (Member("attributes") is not { ValueKind: not JsonValueKind.Null } attributes)
            {
                return null;
            }

            if (attributes.ValueKind != JsonValueKind.Object || attributes.GetPropertyCount() > Limits.ExposureAttributesMax)
            {
                Fail($"attributes must be an object of at most {Limits.ExposureAttributesMax} members.");
                return null;
            }

            if (PropertyRules.FindFault(attributes) is { } fault)
            {
                Fail(fault.Replace("properties", "attributes", StringComparison.Ordinal));
                return null;
            }

            foreach (var attribute in attributes.EnumerateObject())
            {
                if (attribute.Name.Length is 0 or > Limits.AttributeNameMaxCharacters
                    || attribute.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array
                    || attribute.Value.GetRawText().Length > Limits.AttributeValueMaxCharacters)
                {
                    Fail(
                        $"attributes must have names of 1 to {Limits.AttributeNameMaxCharacters} characters and strings, numbers or booleans "
                        + $"of at most {Limits.AttributeValueMaxCharacters}.");
                    return null;
                }
            }

            return attributes.GetRawText();
        }

        private string? String(string member)
        {
            if (Refusal is not null)
            {
                return null;
            }

            if (Member(member) is not { ValueKind: JsonValueKind.String } element)
            {
                Fail($"{member} must be a string.");
                return null;
            }

            if (PropertyRules.TryGetString(element, out var text))
            {
                return text;
            }

            Fail($"{member} must not contain lone surrogates.");
            return null;
        }

        private readonly JsonElement? Member(string name) =>
            Refusal is null && _item.TryGetProperty(name, out var element) ? element : null;

        private void Fail(string detail, ErrorCode code = ErrorCode.InvalidItem) => Refusal ??= new RejectedItem(_index, code, detail);
    }
}
