using System.Text.Json;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Tests;

public sealed class AssignTests
{
    [Fact]
    public async Task The_answer_has_the_published_shape_and_the_payload_verbatim()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer answer = await host.SendAsync("POST", "/v1/assign", """{"unitId":"alice","experiments":["checkout-v2"],"attributes":{"country":"SE"}}""", secret: "client-secret");

        Assert.Equal(200, answer.Status);
        Assert.Equal(
            """{"unitId":"alice","assignments":[{"experiment":"checkout-v2","variant":"treatment","reason":"sticky","payload":{"color":"red","n":1.10},"assignedAt":"2026-03-01T12:00:00Z"}]}""",
            answer.Text);
        Assert.Equal("application/json", answer.ContentHeaders.ContentType?.ToString());
        Assert.Equal("\"SE\"", host.Ports.LastAssign.Country);
    }

    [Fact]
    public async Task A_unit_outside_has_nulls_and_stale_is_there_only_when_true()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Ports.Assignment = key => key == "old"
            ? new UnitAssignment(key, "a", DecisionReason.Sticky, null, FakePorts.Now, Stale: true)
            : new UnitAssignment(key, null, DecisionReason.ExperimentNotFound, null, null);

        Answer answer = await host.SendAsync("POST", "/v1/assign", """{"unitId":"alice","experiments":["old","none"]}""", secret: "client-secret");

        Assert.Equal(
            """{"unitId":"alice","assignments":[{"experiment":"old","variant":"a","reason":"sticky","payload":null,"assignedAt":"2026-03-01T12:00:00Z","stale":true},{"experiment":"none","variant":null,"reason":"experiment_not_found","payload":null,"assignedAt":null}]}""",
            answer.Text);
    }

    [Theory]
    [InlineData("cafe\u0301", "caf\u00e9")]
    [InlineData("../etc/passwd", "../etc/passwd")]
    [InlineData("%2F", "%2F")]
    [InlineData("a'; DROP TABLE assignments; --", "a'; DROP TABLE assignments; --")]
    [InlineData("\ud83d\ude00 \u65b0\u898f", "\ud83d\ude00 \u65b0\u898f")]
    public async Task The_unit_is_echoed_as_sent_and_known_by_its_normal_form(string sent, string identity)
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer answer = await host.SendAsync("POST", "/v1/assign", JsonSerializer.Serialize(new { unitId = sent }), secret: "client-secret");

        Assert.Equal(sent, answer.Json.GetProperty("unitId").GetString());
        Assert.Equal(identity, host.Ports.LastAssign.Unit.Value);
    }

    [Fact]
    public async Task Without_experiments_all_are_asked_for_and_dry_run_is_handed_on()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer answer = await host.SendAsync("POST", "/v1/assign", """{"unitId":"alice","dryRun":true,"unknown":{"x":[1]}}""", secret: "client-secret");

        Assert.Equal(200, answer.Status);
        Assert.Null(host.Ports.LastAssign.Experiments);
        Assert.True(host.Ports.LastAssign.DryRun);
        Assert.Equal(2, answer.Json.GetProperty("assignments").GetArrayLength());
        Assert.Empty(host.Ports.Writes);
    }

    [Fact]
    public async Task A_unit_of_512_code_points_outside_the_basic_plane_is_accepted()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        string unit = string.Concat(Enumerable.Repeat("\ud83d\ude00", 512));
        Assert.Equal(200, (await host.SendAsync("POST", "/v1/assign", JsonSerializer.Serialize(new { unitId = unit }))).Status);
    }

    [Fact]
    public async Task A_batch_answers_its_units_in_order()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer answer = await host.SendAsync("POST", "/v1/assign/batch", """{"units":[{"unitId":"b"},{"unitId":"a","attributes":{"x":1}}],"experiments":["one"]}""", secret: "client-secret");

        Assert.Equal(["b", "a"], answer.Json.GetProperty("units").EnumerateArray().Select(unit => unit.GetProperty("unitId").GetString()));
        Assert.Equal("one", answer.Json.GetProperty("units")[1].GetProperty("assignments")[0].GetProperty("experiment").GetString());
    }

    [Theory]
    [InlineData("/v1/assign", """{"unitId":"alice"}""")]
    [InlineData("/v1/assign/batch", """{"units":[{"unitId":"alice"}]}""")]
    [InlineData("/v1/units/lookup", """{"unitId":"alice"}""")]
    [InlineData("/v1/events", """{"unitId":"alice","name":"e","timestamp":"2026-03-01T12:00:00Z"}""")]
    public async Task An_unreachable_database_is_503_with_retry_after(string path, string body)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Ports.Failure = new StorageUnavailableException("secret internals");

        Answer answer = await host.SendAsync("POST", path, body);

        Problems.Check(answer, 503, "unavailable");
        Assert.Equal("1", answer.Header("Retry-After"));
        Assert.DoesNotContain("secret internals", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_is_500_without_its_message()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        host.Ports.Failure = new InvalidOperationException("secret internals");

        Answer answer = await host.SendAsync("POST", "/v1/assign", """{"unitId":"alice"}""");

        Problems.Check(answer, 500, "internal");
        Assert.DoesNotContain("secret internals", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Units_are_looked_up_rebucketed_and_explained()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer lookup = await host.SendAsync("POST", "/v1/units/lookup", """{"unitId":"cafe\u0301"}""", secret: "client-secret");
        Answer byPath = await host.SendAsync("GET", "/v1/assignments/a.b_c~d-e", secret: "client-secret");
        Answer rebucket = await host.SendAsync("POST", "/v1/units/rebucket", """{"unitId":"alice","experiment":"one"}""");
        Answer nobody = await host.SendAsync("POST", "/v1/units/rebucket", """{"unitId":"nobody","experiment":"one"}""");
        Answer delete = await host.SendAsync("DELETE", "/v1/assignments/one/alice");
        Answer explain = await host.SendAsync("POST", "/v1/units/explain", """{"unitId":"alice","experiment":"one"}""", secret: "reader-secret");
        Answer absent = await host.SendAsync("POST", "/v1/units/explain", """{"unitId":"alice","experiment":"absent"}""", secret: "reader-secret");

        Assert.Equal("cafe\u0301", lookup.Json.GetProperty("unitId").GetString());
        Assert.Equal("""[{"experiment":"one","variant":"treatment","assignedAt":"2026-03-01T12:00:00Z"}]""", lookup.Json.GetProperty("assignments").GetRawText());
        Assert.Equal("a.b_c~d-e", byPath.Json.GetProperty("unitId").GetString());
        Assert.Equal("""{"previous":"treatment","superseded":3}""", rebucket.Text);
        Problems.Check(nobody, 404, "assignment_not_found");
        Assert.Equal((204, ""), (delete.Status, delete.Text));
        Assert.Equal("sticky", explain.Json.GetProperty("steps")[0].GetProperty("step").GetString());
        Assert.True(explain.Json.GetProperty("steps")[0].GetProperty("applies").GetBoolean());
        Problems.Check(absent, 404, "experiment_not_found");
    }

    [Theory]
    [InlineData("GET", "/v1/assignments/a%20b")]
    [InlineData("GET", "/v1/assignments/a%2Fb")]
    [InlineData("GET", "/v1/assignments/caf%C3%A9")]
    [InlineData("DELETE", "/v1/assignments/one/a%00b")]
    [InlineData("DELETE", "/v1/assignments/one/a:b")]
    public async Task Ids_that_paths_cannot_carry_are_not_found(string method, string path)
    {
        await using ApiHost host = await ApiHost.StartAsync();
        Answer answer = await host.SendAsync(method, path);
        Assert.True(answer.Status is 404 or 400, answer.Text);
        Assert.Empty(host.Ports.Writes);
    }
}
