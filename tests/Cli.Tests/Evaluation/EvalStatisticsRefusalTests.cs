using System.Globalization;
using System.Text.Json;

namespace Splitstream.Cli.Tests.Evaluation;

/// <summary>Whatever stands in a field of a statistical question, the runner answers, and never with a defect of its own.</summary>
public sealed class EvalStatisticsRefusalTests
{
    private static readonly string[] Rubbish =
    [
        "null", "true", "\"0.5\"", "\"NaN\"", "{}", "[]", "[[]]", "[null]", "1e400", "-1e400", "-0.0", "0", "-1", "0.5", "1", "2", "12.5",
        "5e-324", "1e-300", "1e15", "1e300", "1.7976931348623157e308", "9007199254740993", "0.9999999999999999",
    ];

    public static TheoryData<string> Ops() => EvalStatisticsTests.Ops();

    [Theory]
    [MemberData(nameof(Ops))]
    public async Task Rubbish_in_any_field_is_answered_without_a_defect(string op)
    {
        var lines = new List<string>();
        foreach (JsonProperty replaced in Question(op).EnumerateObject())
        {
            lines.AddRange(Rubbish.Select(value => Line(op, replaced.Name, value)));
            lines.Add(Line(op, replaced.Name, null));
        }

        JsonElement[] answers = await Runner.AskAsync(string.Concat(lines.Select(line => line + "\n")));

        Assert.Equal(lines.Count, answers.Length);
        foreach ((string line, JsonElement answer) in lines.Zip(answers))
        {
            Assert.True(Runner.Code(answer) is null or "invalid_input" or "undefined_result", $"{line} gave {answer}");
        }
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public async Task A_field_that_is_missing_or_null_is_refused_by_name(string op)
    {
        foreach (string field in Question(op).EnumerateObject().Select(property => property.Name))
        {
            foreach (string? value in new[] { null, "null" })
            {
                JsonElement answer = await Runner.AskOneAsync(Line(op, field, value));

                Assert.Equal("invalid_input", Runner.Code(answer));
                Assert.StartsWith(field + " must ", Runner.Detail(answer), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("normal_cdf", """{"x": 1e400, "tail": "lower"}""", "x must be finite as a double, was 1e400")]
    [InlineData("normal_ppf", """{"p": 1.5, "tail": "lower"}""", "p must lie strictly between 0 and 1, was 1.5")]
    [InlineData("two_prop_z", """{"x1": 3, "n1": 2, "x2": 1, "n2": 2}""", "x1 must not exceed n1, which is 2, was 3")]
    [InlineData("adjust_p", """{"method": "bh", "p": [0.5, 2]}""", "p[1] must lie between 0 and 1, was 2")]
    [InlineData("chi2_2x2", """{"table": [[1, 2], [3, 4.5]], "yates": true}""", "table[1][1] must be a whole number from 0 to 9007199254740992, was 4.5")]
    [InlineData("cuped", """{"x": [1, 2], "y": [1, 2, 3]}""", "y must have as many elements as x, which has 2, was [1, 2, 3]")]
    [InlineData("diff_in_diff", """{"treat_pre": [1, -2, 3]}""", "treat_pre[1] must not be negative, was -2")]
    public async Task The_detail_names_the_field_the_rule_and_the_value(string op, string input, string detail)
    {
        JsonElement answer = await Runner.AskOneAsync($$$"""{"op": "{{{op}}}", "input": {{{input}}}}""");

        Assert.Equal("invalid_input", Runner.Code(answer));
        Assert.Equal(detail, Runner.Detail(answer));
    }

    [Theory]
    [InlineData("beta_cdf", """{"alpha": 2, "beta": 3, "x": -0.0, "tail": "lower"}""", "0")]
    [InlineData("normal_ppf", """{"p": 0.5, "tail": "lower"}""", "0")]
    [InlineData("t_ppf", """{"p": 0.5, "df": 4, "tail": "upper"}""", "0")]
    public async Task A_zero_is_written_without_a_sign(string op, string input, string zero)
    {
        JsonElement answer = await Runner.AskOneAsync($$$"""{"op": "{{{op}}}", "input": {{{input}}}}""");

        Assert.Equal(zero, answer.GetProperty("result").GetRawText());
    }

    [Fact]
    public async Task A_betting_interval_of_a_hundred_thousand_values_comes_back()
    {
        string values = string.Join(",", Enumerable.Range(0, 100_000).Select(i => (i * 37 % 101 / 101.0).ToString("R", CultureInfo.InvariantCulture)));

        JsonElement answer = await Runner.AskOneAsync($$$"""{"op": "betting_cs", "input": {"x": [{{{values}}}], "alpha": 0.05}}""");

        // The mean is 0.495; an algorithm whose time grows with the square of the length does not come back within the test's patience.
        JsonElement final = answer.GetProperty("result").GetProperty("final");
        Assert.InRange(final[0].GetDouble(), 0.48, 0.495);
        Assert.InRange(final[1].GetDouble(), 0.495, 0.51);
    }

    /// <summary>The first answered question of the corpus about an op.</summary>
    private static JsonElement Question(string op) => EvalStatisticsTests.FirstQuestion(op);

    private static string Line(string op, string field, string? value)
    {
        IEnumerable<string> fields = Question(op).EnumerateObject()
            .Where(property => property.Name != field)
            .Select(property => $"\"{property.Name}\": {property.Value.GetRawText()}");
        IEnumerable<string> all = value is null ? fields : fields.Append($"\"{field}\": {value}");
        return $$$"""{"op": "{{{op}}}", "input": { {{{string.Join(", ", all)}}} }}""";
    }
}
