using System.Text.Json;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Api.Tests;

public sealed class IngestTests
{
    private const string Exposure = """{"exposureId":"x1","unitId":"cafe\u0301","experiment":"one","variant":"a","timestamp":"2026-03-01T12:59:00+01:00"}""";
    private const string Event = """{"eventId":"e1","unitId":"alice","name":"buy","timestamp":"2026-02-01T12:00:00Z","properties":{"revenue":1.10}}""";

    [Fact]
    public async Task A_batch_goes_to_the_buffer_item_by_item_and_a_bad_one_costs_only_itself()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer answer = await host.SendAsync("POST", "/v1/events", $$"""{"events":[{"unitId":""},{{Event}},7],"sdk":"js"}""", secret: "client-secret");

        Assert.Equal(202, answer.Status);
        JsonElement json = answer.Json;
        Assert.Equal((1, 0, 0), (json.GetProperty("accepted").GetInt32(), json.GetProperty("duplicates").GetInt32(), json.GetProperty("late").GetInt32()));
        Assert.Equal([(0, "invalid_item"), (2, "invalid_item")], json.GetProperty("rejected").EnumerateArray().Select(item => (item.GetProperty("index").GetInt32(), item.GetProperty("code").GetString()!)));
        IngestBatch batch = Assert.IsType<IngestBatch>(Assert.Single(host.Ports.Writes));
        Assert.Equal(("default", null, FakePorts.Now), (batch.Source, batch.BatchKey, batch.ReceivedAt));
        EventItem item = Assert.Single(batch.Events);
        Assert.Equal((1, "e1", "alice", "buy", """{"revenue":1.10}"""), (item.Index, item.Id, item.UnitId, item.Name, item.PropertiesJson));
    }

    [Theory]
    [InlineData("/v1/exposures", Exposure)]
    [InlineData("/v1/events", Event)]
    public async Task One_item_may_be_the_body_itself(string path, string item)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Answer answer = await host.SendAsync("POST", path, item, secret: "client-secret");
        Assert.Equal("""{"accepted":1,"duplicates":0,"late":0,"rejected":[]}""", answer.Text);
    }

    [Fact]
    public async Task Exposures_carry_the_unit_in_its_normal_form_and_times_in_utc()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.SendAsync("POST", "/v1/exposures", $$"""{"exposures":[{{Exposure}}]}""", secret: "client-secret");
        IngestBatch batch = Assert.IsType<IngestBatch>(Assert.Single(host.Ports.Writes));
        Assert.Equal(new ExposureItem(0, "x1", "caf\u00e9", "one", "a", new DateTimeOffset(2026, 3, 1, 11, 59, 0, TimeSpan.Zero)), Assert.Single(batch.Exposures));
    }

    [Fact]
    public async Task An_exposure_may_say_what_its_unit_was_and_what_sent_it()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string item = Exposure.Replace("\"variant\":\"a\"", "\"variant\":\"a\",\"attributes\":{\"plan\":\"pro\",\"age\":3},\"sdk\":\"web/1.0\",\"bot\":true", StringComparison.Ordinal);

        await host.SendAsync("POST", "/v1/exposures", item, secret: "client-secret");

        ExposureItem exposure = Assert.Single(Assert.IsType<IngestBatch>(Assert.Single(host.Ports.Writes)).Exposures);
        Assert.Equal(("""{"plan":"pro","age":3}""", "web/1.0"), (exposure.AttributesJson, exposure.Sdk));
        Assert.True(exposure.IsBot);
    }

    [Theory]
    [InlineData("\"attributes\":[]")]
    [InlineData("\"attributes\":{\"a\":{}}")]
    [InlineData("\"attributes\":{\"a\":[1]}")]
    [InlineData("\"attributes\":{\"\":1}")]
    [InlineData("\"attributes\":{\"a\":1e999}")]
    [InlineData("\"attributes\":{\"a\":\"\\u0000\"}")]
    [InlineData("\"sdk\":7")]
    [InlineData("\"bot\":\"yes\"")]
    [InlineData("\"sdk\":\"12345678901234567890123456789012345678901234567890123456789012345\"")]
    public async Task Attributes_that_no_segment_could_be_made_of_are_refused(string member)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string item = Exposure.Replace("\"variant\":\"a\"", "\"variant\":\"a\"," + member, StringComparison.Ordinal);

        Answer answer = await host.SendAsync("POST", "/v1/exposures", item, secret: "client-secret");

        Assert.Equal((422, "all_invalid"), (answer.Status, answer.Json.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("abc-123", 202)]
    [InlineData("with space", 400)]
    [InlineData("", 400)]
    public async Task An_idempotency_key_names_the_batch(string key, int status)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent(Event, null, "application/json") };
        request.Headers.Add("Authorization", "Bearer client-secret");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);

        Answer answer = await host.SendAsync(request);

        Assert.Equal(status, answer.Status);
        Assert.Equal(status == 202 ? [key] : [], host.Ports.Writes.Cast<IngestBatch>().Select(batch => batch.BatchKey));
    }

    [Theory]
    [InlineData("/v1/events", """{"events":[{"unitId":""},7]}""", 422, "all_invalid", IngestKind.Event)]
    [InlineData("/v1/exposures", """{"exposures":[null,1]}""", 422, "all_invalid", IngestKind.Exposure)]
    [InlineData("/v1/exposures", """{"exposures":[{"unitId":"a","experiment":"e","variant":"v","timestamp":"2026-01-01T00:00:00Z"},{"unitId":"b","experiment":"e","variant":"v","timestamp":"2026-01-01T00:00:00Z"}]}""", 412, "all_too_old", IngestKind.Exposure)]
    public async Task A_batch_without_a_valid_item_is_refused_and_still_accounted_for(string path, string body, int status, string code, IngestKind kind)
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer answer = await host.SendAsync("POST", path, body, secret: "client-secret");

        Problems.Check(answer, status, code);
        IngestBatch batch = Assert.IsType<IngestBatch>(Assert.Single(host.Ports.Writes));
        Assert.Equal((kind, 2), (batch.Kind, batch.Rejected.Length));
        Assert.Empty(batch.Events);
        Assert.Empty(batch.Exposures);
    }

    [Fact]
    public async Task A_full_buffer_is_429_with_retry_after()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Ports.BufferRefusal = new Problem(ErrorCode.BufferFull, "Too many items wait.");
        Answer answer = await host.SendAsync("POST", "/v1/events", Event, secret: "client-secret");
        Problems.Check(answer, 429, "buffer_full");
        Assert.Equal("1", answer.Header("Retry-After"));
    }

    [Theory]
    [InlineData("/v1/exposures", Exposure)]
    [InlineData("/v1/events", Event)]
    public async Task A_beacon_carries_its_key_in_a_plain_text_body(string path, string item)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string list = path[4..];

        Answer right = await host.SendAsync("POST", path, $$"""{"clientKey":"client-secret","{{list}}":[{{item}}]}""", secret: null, mediaType: "text/plain;charset=UTF-8", origin: "https://shop.example");
        Answer wrong = await host.SendAsync("POST", path, $$"""{"clientKey":"guess","{{list}}":[{{item}}]}""", secret: null, mediaType: "text/plain");
        Answer none = await host.SendAsync("POST", path, $$"""{"{{list}}":[{{item}}]}""", secret: null, mediaType: "text/plain");
        Answer number = await host.SendAsync("POST", path, $$"""{"clientKey":7,"{{list}}":[{{item}}]}""", secret: null, mediaType: "text/plain");
        Answer reader = await host.SendAsync("POST", path, $$"""{"clientKey":"reader-secret","{{list}}":[{{item}}]}""", secret: null, mediaType: "text/plain");
        Answer json = await host.SendAsync("POST", path, $$"""{"clientKey":"client-secret","{{list}}":[{{item}}]}""", secret: null);
        Answer header = await host.SendAsync("POST", path, $$"""{"{{list}}":[{{item}}]}""", secret: "client-secret", mediaType: "text/plain");

        Assert.Equal((202, "https://shop.example"), (right.Status, right.Header("Access-Control-Allow-Origin")));
        Problems.Check(wrong, 401, "unauthenticated");
        Problems.Check(none, 401, "unauthenticated");
        Problems.Check(number, 401, "unauthenticated");
        Problems.Check(reader, 403, "forbidden");
        Problems.Check(json, 401, "unauthenticated");
        Assert.Equal(202, header.Status);
        Assert.Equal(2, host.Ports.Writes.Count);
    }

    [Fact]
    public async Task The_ledger_is_read()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Answer answer = await host.SendAsync("GET", "/v1/ledger", secret: "reader-secret");
        Assert.Equal("""{"items":[{"kind":"event","received":10,"counted":4,"duplicate":3,"quarantined":1,"rejected":1,"deadLettered":1,"pending":0,"late":2}]}""", answer.Text);
    }
}
