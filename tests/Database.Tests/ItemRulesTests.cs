using System.Text.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Database.Tests;

public sealed class ItemRulesTests
{
    private const string Good = """ "unitId": "u", "name": "buy", "timestamp": "2026-03-10T12:00:00Z" """;

    [Fact]
    public void An_event_is_read_with_its_identity_in_NFC_and_whole_microseconds()
    {
        var item = Event("""{"eventId": "e1", "unitId": "cafe\u0301", "name": "buy", "timestamp": "2026-03-10T13:00:00.1234567+01:00", "properties": {"a": [1.50]}}""").Item!;

        Assert.Equal("caf\u00e9", item.UnitId);
        Assert.Equal(new DateTimeOffset(2026, 3, 10, 12, 0, 0, TimeSpan.Zero).AddMicroseconds(123_456), item.OccurredAt);
        Assert.Equal(("e1", "buy", """{"a": [1.50]}"""), (item.Id, item.Name, item.PropertiesJson));
    }

    [Fact]
    public void An_exposure_needs_keys_that_an_experiment_could_have()
    {
        var good = """{"unitId": "u", "experiment": "checkout v2", "variant": "b", "timestamp": "2026-03-10T12:00:00Z"}""";

        Assert.Equal(("checkout v2", "b"), (Exposure(good).Item!.Experiment, Exposure(good).Item!.Variant));
        Assert.Equal(ErrorCode.InvalidItem, Exposure(good.Replace("\"b\"", "\"b\\n\"", StringComparison.Ordinal)).Refusal!.Code);
        Assert.Equal(ErrorCode.InvalidItem, Exposure(good.Replace("checkout v2", "-x", StringComparison.Ordinal)).Refusal!.Code);
    }

    [Theory]
    [InlineData("2026-02-08T12:00:00Z", null)]
    [InlineData("2026-02-08T11:59:59.999Z", ErrorCode.TooOld)]
    [InlineData("2026-03-10T12:05:00Z", null)]
    [InlineData("2026-03-10T12:05:00.001Z", ErrorCode.InFuture)]
    [InlineData("0001-01-01T00:00:00Z", ErrorCode.TooOld)]
    [InlineData("9999-12-31T23:59:59Z", ErrorCode.InFuture)]
    [InlineData("0001-01-01T00:00:00+01:00", ErrorCode.InvalidItem)]
    [InlineData("2026-03-10T12:00:00", ErrorCode.InvalidItem)]
    [InlineData("2026-03-10", ErrorCode.InvalidItem)]
    [InlineData("2026-02-30T12:00:00Z", ErrorCode.InvalidItem)]
    [InlineData("1773144000", ErrorCode.InvalidItem)]
    [InlineData("", ErrorCode.InvalidItem)]
    public void A_time_has_a_zone_and_lies_between_thirty_days_ago_and_five_minutes_ahead(string timestamp, ErrorCode? refused)
    {
        Assert.Equal(refused, Event($$"""{"unitId": "u", "name": "buy", "timestamp": "{{timestamp}}"}""").Refusal?.Code);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"unitId": 7, "name": "buy", "timestamp": "2026-03-10T12:00:00Z"}""")]
    [InlineData("""{"unitId": "", "name": "buy", "timestamp": "2026-03-10T12:00:00Z"}""")]
    [InlineData("""{"unitId": "a\u0000", "name": "buy", "timestamp": "2026-03-10T12:00:00Z"}""")]
    [InlineData("""{"unitId": "\ud800", "name": "buy", "timestamp": "2026-03-10T12:00:00Z"}""")]
    [InlineData("""{"unitId": "u", "name": "", "timestamp": "2026-03-10T12:00:00Z"}""")]
    [InlineData("""{"unitId": "u", "name": "a\u0000", "timestamp": "2026-03-10T12:00:00Z"}""")]
    [InlineData("""{"unitId": "u", "name": "buy"}""")]
    [InlineData("""{"eventId": "", "unitId": "u", "name": "buy", "timestamp": "2026-03-10T12:00:00Z"}""")]
    [InlineData("""{"eventId": 5, "unitId": "u", "name": "buy", "timestamp": "2026-03-10T12:00:00Z"}""")]
    public void A_malformed_item_is_refused_by_its_index(string json)
    {
        var refusal = Event(json).Refusal!;

        Assert.Equal((3, ErrorCode.InvalidItem), (refusal.Index, refusal.Code));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void An_id_has_up_to_128_characters(int length, bool isGood)
    {
        var id = string.Concat(Enumerable.Repeat("\U0001F600", length));

        Assert.Equal(isGood, Event($$"""{"eventId": "{{id}}", {{Good}}}""").Item is not null);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("null", true)]
    [InlineData("[]", false)]
    [InlineData("\"x\"", false)]
    [InlineData("""{"n": 1e308}""", true)]
    [InlineData("""{"n": 1e309}""", false)]
    [InlineData("""{"n": -1e999999999}""", false)]
    [InlineData("""{"n": 1e-300}""", true)]
    [InlineData("""{"n": 1e-400}""", false)]
    [InlineData("""{"n": 0e-400}""", true)]
    [InlineData("""{"n": 0.000}""", true)]
    [InlineData("""{"n": [{"m": 1e400}]}""", false)]
    [InlineData("""{"n": 0.12345678901234567890123456789012345678901234567890123456789012345}""", false)]
    [InlineData("""{"s": "a\u0000"}""", false)]
    [InlineData("""{"a\u0000": 1}""", false)]
    [InlineData("""{"s": "\udc00"}""", false)]
    [InlineData("""{"\udc00": 1}""", false)]
    public void Properties_are_an_object_that_the_database_can_store_and_add_up(string properties, bool isGood)
    {
        Assert.Equal(isGood, Event($$"""{{{Good}}, "properties": {{properties}}}""").Item is not null);
    }

    [Theory]
    [InlineData(Limits.JsonDepth, true)]
    [InlineData(Limits.JsonDepth + 1, false)]
    public void Properties_nest_up_to_the_limit(int depth, bool isGood)
    {
        var properties = string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);

        Assert.Equal(isGood, Event($$"""{{{Good}}, "properties": {{properties}}}""").Item is not null);
    }

    private static ItemCheck<EventItem> Event(string json) => ItemRules.Event(3, Parse(json), World.Noon);

    private static ItemCheck<ExposureItem> Exposure(string json) => ItemRules.Exposure(3, Parse(json), World.Noon);

    private static JsonElement Parse(string json) => JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 100 }).RootElement;
}
