using System.Text.Json;

namespace Splitstream.Bucketing.Tests;

public sealed class TargetingRuleTests
{
    private const string Attributes = """
        {"country": "SE", "age": 30, "beta": true, "tags": ["new", "vip", 7, false], "empty": [], "version": "2.10.0-rc.1", "none": null,
         "nested": {"a": 1}, "text5": "5", "bad": "\ud800", "lists": [["new"]], "big": 1e400}
        """;

    [Theory]
    [InlineData("country", "equals", "\"SE\"", true)]
    [InlineData("country", "equals", "\"se\"", false)]
    [InlineData("country", "equals", "5", false)]
    [InlineData("country", "not_equals", "\"DK\"", true)]
    [InlineData("country", "not_equals", "\"SE\"", false)]
    [InlineData("country", "not_equals", "5", false)]
    [InlineData("absent", "equals", "\"SE\"", false)]
    [InlineData("absent", "not_equals", "\"SE\"", false)]
    [InlineData("none", "not_equals", "\"SE\"", false)]
    [InlineData("nested", "not_equals", "\"SE\"", false)]
    [InlineData("bad", "not_equals", "\"SE\"", false)]
    [InlineData("Country", "equals", "\"SE\"", false)]
    [InlineData("age", "equals", "30.0", true)]
    [InlineData("age", "equals", "\"30\"", false)]
    [InlineData("text5", "equals", "5", false)]
    [InlineData("beta", "equals", "true", true)]
    [InlineData("beta", "not_equals", "false", true)]
    [InlineData("beta", "equals", "1", false)]
    [InlineData("tags", "equals", "\"vip\"", true)]
    [InlineData("tags", "equals", "7", true)]
    [InlineData("tags", "equals", "false", true)]
    [InlineData("tags", "equals", "\"old\"", false)]
    [InlineData("tags", "not_equals", "\"old\"", true)]
    [InlineData("tags", "not_equals", "\"vip\"", false)]
    [InlineData("empty", "not_equals", "\"vip\"", false)]
    [InlineData("lists", "equals", "\"new\"", false)]
    [InlineData("country", "in", "[\"DK\", \"SE\"]", true)]
    [InlineData("country", "in", "[\"DK\", \"NO\"]", false)]
    [InlineData("country", "not_in", "[\"DK\", \"NO\"]", true)]
    [InlineData("country", "not_in", "[\"DK\", \"SE\"]", false)]
    [InlineData("country", "not_in", "[1, 2]", false)]
    [InlineData("absent", "not_in", "[\"DK\"]", false)]
    [InlineData("age", "in", "[\"30\", 30]", true)]
    [InlineData("tags", "in", "[\"x\", \"vip\"]", true)]
    [InlineData("tags", "not_in", "[\"x\", \"vip\"]", false)]
    [InlineData("age", "less_than", "30", false)]
    [InlineData("age", "less_than", "30.5", true)]
    [InlineData("age", "at_most", "30", true)]
    [InlineData("age", "at_most", "29", false)]
    [InlineData("age", "greater_than", "30", false)]
    [InlineData("age", "greater_than", "-1", true)]
    [InlineData("age", "at_least", "30", true)]
    [InlineData("age", "at_least", "31", false)]
    [InlineData("text5", "at_least", "1", false)]
    [InlineData("text5", "less_than", "9", false)]
    [InlineData("tags", "at_least", "7", false)]
    [InlineData("big", "greater_than", "1", false)]
    [InlineData("absent", "less_than", "1", false)]
    [InlineData("country", "contains", "\"E\"", true)]
    [InlineData("country", "contains", "\"e\"", false)]
    [InlineData("country", "starts_with", "\"S\"", true)]
    [InlineData("country", "starts_with", "\"E\"", false)]
    [InlineData("country", "ends_with", "\"E\"", true)]
    [InlineData("country", "ends_with", "\"S\"", false)]
    [InlineData("tags", "contains", "\"ip\"", true)]
    [InlineData("tags", "starts_with", "\"ne\"", true)]
    [InlineData("tags", "ends_with", "\"ld\"", false)]
    [InlineData("age", "contains", "\"3\"", false)]
    [InlineData("version", "version_at_least", "\"2.9.0\"", true)]
    [InlineData("version", "version_at_least", "\"2.10.0\"", false)]
    [InlineData("version", "version_less_than", "\"2.10\"", true)]
    [InlineData("version", "version_at_least", "\"2.10.0-rc.1+build.5\"", true)]
    [InlineData("country", "version_less_than", "\"2\"", false)]
    [InlineData("age", "version_less_than", "\"99\"", false)]
    [InlineData("absent", "version_less_than", "\"2\"", false)]
    public void A_condition_holds_or_not(string attribute, string comparison, string value, bool expected)
    {
        TargetingRule rule = Parse($$"""{"attribute": "{{attribute}}", "operator": "{{comparison}}", "value": {{value}}}""");

        Assert.Equal(expected, rule.Matches(Set(Attributes)));
        TargetingOutcome outcome = Assert.Single(rule.Explain(Set(Attributes)));
        Assert.Equal((expected, comparison, attribute), (outcome.Matched, outcome.Operator, outcome.Attribute));
    }

    [Theory]
    [InlineData("country", "exists", true)]
    [InlineData("nested", "exists", true)]
    [InlineData("bad", "exists", true)]
    [InlineData("empty", "exists", true)]
    [InlineData("none", "exists", false)]
    [InlineData("absent", "exists", false)]
    [InlineData("country", "not_exists", false)]
    [InlineData("none", "not_exists", true)]
    [InlineData("absent", "not_exists", true)]
    public void Existence_needs_no_value(string attribute, string comparison, bool expected) =>
        Assert.Equal(expected, Parse($$"""{"attribute": "{{attribute}}", "operator": "{{comparison}}"}""").Matches(Set(Attributes)));

    /// <summary>The chain of Semantic Versioning 2.0.0, section 11, and numbers that fit no machine word.</summary>
    [Fact]
    public void Versions_have_the_published_precedence()
    {
        string[] ascending =
        [
            "0.0.1", "0.9", "1.0.0-0", "1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
            "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2", "1.10.0", "2", "10.0.0", "99999999999999999999999.0.0",
            "100000000000000000000000.0.0",
        ];
        for (int i = 0; i < ascending.Length; i++)
        {
            for (int j = 0; j < ascending.Length; j++)
            {
                AttributeSet found = Set($$"""{"v": "{{ascending[i]}}"}""");
                string value = $"\"{ascending[j]}\"";
                Assert.Equal(i < j, Parse($$"""{"attribute": "v", "operator": "version_less_than", "value": {{value}}}""").Matches(found));
                Assert.Equal(i >= j, Parse($$"""{"attribute": "v", "operator": "version_at_least", "value": {{value}}}""").Matches(found));
            }
        }
    }

    [Theory]
    [InlineData("null", true)]
    [InlineData("{}", true)]
    [InlineData("""{"all": [{"attribute": "age", "operator": "at_least", "value": 18}, {"attribute": "country", "operator": "in", "value": ["SE"]}]}""", true)]
    [InlineData("""{"all": [{"attribute": "age", "operator": "at_least", "value": 18}, {"attribute": "country", "operator": "in", "value": ["DK"]}]}""", false)]
    [InlineData("""{"any": [{"attribute": "age", "operator": "at_least", "value": 99}, {"attribute": "country", "operator": "in", "value": ["SE"]}]}""", true)]
    [InlineData("""{"any": [{"attribute": "age", "operator": "at_least", "value": 99}, {"attribute": "absent", "operator": "exists"}]}""", false)]
    [InlineData("""{"not": {"attribute": "country", "operator": "equals", "value": "SE"}}""", false)]
    [InlineData("""{"not": {"attribute": "absent", "operator": "equals", "value": "SE"}}""", true)]
    [InlineData("""{"not": {"any": [{"not": {"attribute": "beta", "operator": "equals", "value": true}}]}}""", true)]
    public void Conditions_combine(string json, bool expected) => Assert.Equal(expected, Parse(json).Matches(Set(Attributes)));

    [Theory]
    [InlineData("5", "")]
    [InlineData("[]", "")]
    [InlineData("true", "")]
    [InlineData("""{"all": []}""", "/all")]
    [InlineData("""{"any": {}}""", "/any")]
    [InlineData("""{"not": []}""", "/not")]
    [InlineData("""{"not": {}}""", "/not")]
    [InlineData("""{"all": [{"attribute": "a", "operator": "exists"}], "any": []}""", "")]
    [InlineData("""{"value": 1}""", "")]
    [InlineData("""{"\ud800": 1}""", "")]
    [InlineData("""{"nott": {"attribute": "a", "operator": "exists"}}""", "")]
    [InlineData("""{"attribute": "a", "operator": "exists", "attribute": "b"}""", "/attribute")]
    [InlineData("""{"attribute": "a", "operator": "exists", "all": []}""", "/all")]
    [InlineData("""{"attribute": "a", "value": 1}""", "/operator")]
    [InlineData("""{"operator": "exists"}""", "/attribute")]
    [InlineData("""{"attribute": "", "operator": "exists"}""", "/attribute")]
    [InlineData("""{"attribute": 1, "operator": "exists"}""", "/attribute")]
    [InlineData("""{"attribute": "a", "operator": "EXISTS"}""", "/operator")]
    [InlineData("""{"attribute": "a", "operator": "exists", "value": null}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "equals"}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "equals", "value": null}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "equals", "value": ["x"]}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "equals", "value": 1e400}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "equals", "value": "\udc00"}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "in", "value": "x"}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "in", "value": []}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "in", "value": ["x", null]}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "less_than", "value": "5"}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "contains", "value": 5}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "version_at_least", "value": "v1.0.0"}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "version_at_least", "value": "1.02.0"}""", "/value")]
    [InlineData("""{"attribute": "a", "operator": "version_at_least", "value": "1.2.3.4"}""", "/value")]
    [InlineData("""{"all": [{"attribute": "a", "operator": "exists"}, {"not": {"attribute": "a", "operator": "equals"}}]}""", "/all/1/not/value")]
    public void A_bad_rule_is_refused_with_the_place_of_its_first_mistake(string json, string pointer)
    {
        Assert.False(TargetingRule.TryParse(Json(json), out TargetingRule? rule, out InputProblem? problem));
        Assert.Null(rule);
        Assert.Equal(pointer, problem.Pointer);
        Assert.NotEmpty(problem.Message);
    }

    [Fact]
    public void The_limits_hold_exactly()
    {
        const string Condition = """{"attribute": "a", "operator": "exists"}""";
        string Nested(int depth) => string.Concat(Enumerable.Repeat("""{"not": """, depth - 1)) + Condition + new string('}', depth - 1);
        string Wide(int count) => $$"""{"any": [{{string.Join(",", Enumerable.Repeat(Condition, count))}}]}""";
        string Values(int one, int two)
        {
            string In(int count) => $$"""{"attribute": "a", "operator": "in", "value": [{{string.Join(",", Enumerable.Range(0, count))}}]}""";
            return $$"""{"all": [{{In(one)}}, {{In(two)}}]}""";
        }

        string Long(int length) => $$"""{"attribute": "a", "operator": "equals", "value": "{{new string('x', length)}}"}""";

        Assert.True(Accepts(Nested(TargetingRule.MaxDepth)));
        Assert.False(Accepts(Nested(TargetingRule.MaxDepth + 1)));
        Assert.True(Accepts(Wide(TargetingRule.MaxConditions)));
        Assert.False(Accepts(Wide(TargetingRule.MaxConditions + 1)));
        Assert.True(Accepts(Values(400, TargetingRule.MaxValues - 400)));
        Assert.False(Accepts(Values(400, TargetingRule.MaxValues - 399)));
        Assert.True(Accepts(Long(TargetingRule.MaxTextLength)));
        Assert.False(Accepts(Long(TargetingRule.MaxTextLength + 1)));
    }

    [Fact]
    public void An_explanation_shows_conditions_that_could_not_change_the_answer_too()
    {
        TargetingRule rule = Parse("""
            {"all": [{"attribute": "age", "operator": "less_than", "value": 18}, {"not": {"attribute": "country", "operator": "in", "value": ["DK", "SE"]}}]}
            """);

        TargetingOutcome[] outcomes = [.. rule.Explain(Set(Attributes))];

        Assert.Equal(["/all/0", "/all/1/not"], outcomes.Select(o => o.Pointer));
        Assert.Equal([false, true], outcomes.Select(o => o.Matched));
        Assert.Equal(("18", "30"), (outcomes[0].Expected, outcomes[0].Found.ToString()));
        Assert.Equal("[\"DK\", \"SE\"]", outcomes[1].Expected);
    }

    [Fact]
    public void Attributes_from_a_dictionary_and_from_json_are_the_same()
    {
        TargetingRule rule = Parse("""{"all": [{"attribute": "n", "operator": "at_least", "value": 1}, {"attribute": "l", "operator": "in", "value": [true]}]}""");
        var values = new Dictionary<string, AttributeValue>
        {
            ["n"] = AttributeValue.Of(1),
            ["l"] = AttributeValue.Of([AttributeValue.Of("x"), AttributeValue.Of(true)]),
        };

        Assert.True(rule.Matches(AttributeSet.From(values)));
        Assert.True(rule.Matches(Set("""{"n": 1, "l": ["x", true]}""")));
        Assert.False(rule.Matches(AttributeSet.Empty));
        Assert.Equal(values["l"], Set("""{"l": ["x", true]}""").Get("l"));
        Assert.Throws<ArgumentException>(() => Set("[]"));
    }

    [Fact]
    public void A_rule_outlives_the_document_that_it_was_read_from()
    {
        TargetingRule? rule;
        using (JsonDocument document = JsonDocument.Parse("""{"attribute": "country", "operator": "in", "value": ["SE"]}"""))
        {
            Assert.True(TargetingRule.TryParse(document.RootElement, out rule, out _));
        }

        Assert.True(rule.Matches(Set(Attributes)));
    }

    private static bool Accepts(string json) => TargetingRule.TryParse(Json(json), out _, out _);

    private static TargetingRule Parse(string json) =>
        TargetingRule.TryParse(Json(json), out TargetingRule? rule, out InputProblem? problem) ? rule : throw new ArgumentException(problem.ToString());

    private static AttributeSet Set(string json) => AttributeSet.From(Json(json));

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
