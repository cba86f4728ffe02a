using System.Text.Json;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>What looks like an attack or a mistake and is an ordinary name: taken as it is, stored, and found again.</summary>
public sealed class StrangeButValidTests(BadInputServer server) : IClassFixture<BadInputServer>
{
    /// <summary>Ids that must be a unit each, different from all others. U+2028 and its like are spelt out.</summary>
    public static TheoryData<string> Ids() =>
    [
        "'; DROP TABLE assignments; --", "' OR '1'='1", "$$; SELECT pg_sleep(9); $$", "\\'; COMMIT; --", "$.a ? (@ > 0)", "{\"$ne\":null}", "../../etc/passwd", "..%2F..%2F", "%00", "%2F",
        "a/b", "a\\b", "a:b", "a\nb", "a\tb", " ", " a ", "null", "0", "-1", "NaN", "<script>alert(1)</script>", "{0}", "%s%n", "\u007f", "\u0001", "\ufeffa", "\u202eabc", "\u2028", "a\u200db",
        "😀", "👩‍👩‍👧", "𝒳", "新規ユーザー", "ﷺ", "ß", "İ", "\ufffd", "\uffff", new('x', 512), "😀".Times(512),
    ];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Strange_ids_are_units_like_any_other(string id)
    {
        var first = await AssignAsync(id);
        var second = await AssignAsync(id);
        var rows = (await server.Node.PostAsync("/v1/units/lookup", new { unitId = id })).GetProperty("assignments");
        var receipt = await server.Node.PostAsync("/v1/events", new { unitId = id, name = id[..1], timestamp = TimeProvider.System.GetUtcNow(), properties = new Dictionary<string, string> { [id] = id } }, 202);

        Assert.Equal("assigned", Text(first, "reason"));
        Assert.Equal("sticky", Text(second, "reason"));
        Assert.Equal(Text(first, "variant"), Text(second, "variant"));
        Assert.Equal(Text(first, "variant"), Text(Assert.Single(rows.EnumerateArray()), "variant"));
        Assert.Equal(1, receipt.GetProperty("accepted").GetInt32());
    }

    /// <summary>Spellings of one text are one unit, whether escaped or raw; a compatibility character is another text.</summary>
    [Theory]
    [InlineData("caf\u00e9", "cafe\u0301", true)]
    [InlineData("\u1e69", "s\u0307\u0323", true)]
    [InlineData("\uac00", "\u1100\u1161", true)]
    [InlineData("\u212b", "A\u030a", true)]
    [InlineData("\ufb01n", "fin", false)]
    [InlineData("Alice-K", "alice-k", false)]
    public async Task Normal_forms_of_one_text_are_one_unit(string sent, string other, bool same)
    {
        var first = await AssignAsync(sent);
        var second = await AssignAsync(other);
        var escaped = await AssignEscapedAsync(other);

        Assert.Equal("assigned", Text(first, "reason"));
        Assert.Equal(same ? "sticky" : "assigned", Text(second, "reason"));
        Assert.Equal("sticky", Text(escaped, "reason"));
        if (same)
        {
            Assert.Equal(Text(first, "variant"), Text(second, "variant"));
            Assert.Equal(first.GetProperty("assignedAt").GetString(), second.GetProperty("assignedAt").GetString());
        }
    }

    [Fact]
    public async Task An_experiment_asked_for_several_times_is_answered_as_often_and_alike()
    {
        var answers = (await server.Node.PostAsync("/v1/assign", new { unitId = "insistent", experiments = new[] { "running", "absent", "running", "running" } }))
            .GetProperty("assignments").EnumerateArray().ToList();

        Assert.Equal(["running", "absent", "running", "running"], answers.Select(answer => Text(answer, "experiment")));
        Assert.Single(answers.Where(answer => Text(answer, "experiment") == "running").Select(answer => Text(answer, "variant")).Distinct());
    }

    [Fact]
    public async Task A_batch_with_some_bad_items_stores_the_good_ones_and_lists_the_bad_by_index()
    {
        var now = TimeProvider.System.GetUtcNow();
        var good = new { eventId = "good", unitId = "mixed", name = "buy", timestamp = now };
        object?[] events =
        [
            new { eventId = "bad-1", unitId = "", name = "buy", timestamp = now }, good, 7, null, new { eventId = "bad-4", unitId = "mixed", name = "buy", timestamp = now.AddDays(-31) },
            new { eventId = "bad-5", unitId = "mixed", name = "buy", timestamp = now.AddDays(1) }, good with { eventId = "late", timestamp = now.AddDays(-8) }, good,
            new { eventId = "good", unitId = "another", name = "buy", timestamp = now },
        ];

        var receipt = await server.Node.PostAsync("/v1/events", new { events }, 202);
        var stored = await server.Node.QueryAsync("SELECT event_id FROM events WHERE unit_id IN ('mixed', 'another') ORDER BY event_id", row => row.GetString(0));

        Assert.Equal(2, receipt.GetProperty("accepted").GetInt32());
        Assert.Equal(1, receipt.GetProperty("duplicates").GetInt32());
        Assert.Equal(1, receipt.GetProperty("late").GetInt32());
        Assert.Equal(
            [(0, "invalid_item"), (2, "invalid_item"), (3, "invalid_item"), (4, "too_old"), (5, "in_future"), (8, "id_reused")],
            receipt.GetProperty("rejected").EnumerateArray().Select(item => (item.GetProperty("index").GetInt32(), Text(item, "code"))));
        Assert.Equal(["good", "late"], stored);
    }

    [Fact]
    public async Task A_batch_of_exposures_with_some_bad_items_stores_the_good_ones()
    {
        var variant = Text(await AssignAsync("exposed"), "variant");
        var now = TimeProvider.System.GetUtcNow();
        object[] exposures =
        [
            new { exposureId = "x-bad", unitId = "exposed", experiment = "../running", variant, timestamp = now }, new { exposureId = "x-good", unitId = "exposed", experiment = "running", variant, timestamp = now },
            new { exposureId = "x-future", unitId = "exposed", experiment = "running", variant, timestamp = "9999-12-31T23:59:59Z" },
        ];

        var receipt = await server.Node.PostAsync("/v1/exposures", new { exposures }, 202);
        var stored = await server.Node.QueryAsync("SELECT exposure_id FROM exposures WHERE unit_id = 'exposed'", row => row.GetString(0));

        Assert.Equal([0, 2], receipt.GetProperty("rejected").EnumerateArray().Select(item => item.GetProperty("index").GetInt32()));
        Assert.Equal(["x-good"], stored);
    }

    private async Task<JsonElement> AssignAsync(string unitId) =>
        (await server.Node.PostAsync("/v1/assign", new { unitId, experiments = new[] { "running" } })).GetProperty("assignments")[0];

    private async Task<JsonElement> AssignEscapedAsync(string unitId)
    {
        var escaped = string.Concat(unitId.Select(letter => $"\\u{(int)letter:x4}"));
        var answer = await server.SendAsync(new BadRow("escaped", "POST", "/v1/assign", $$"""{"unitId":"{{escaped}}","experiments":["running"]}""", 200, ""));
        Assert.True(answer.Status == 200, answer.Body);
        return JsonDocument.Parse(answer.Body).RootElement.GetProperty("assignments")[0];
    }

    private static string Text(JsonElement node, string name) => node.GetProperty(name).GetString()!;
}
