using System.Text;
using System.Text.Json;

namespace Splitstream.Cli.Tests.Evaluation;

public sealed class EvalRefusalTests
{
    private const string Variants = """[{"key": "a", "weight": 1}, {"key": "b", "weight": 1}]""";
    private const string Good = $$$"""{"experiment_key": "k", "unit_id": "u", "seed": "s", "variants": {{{Variants}}}}""";

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\t")]
    [InlineData("nonsense")]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("{} {}")]
    [InlineData("{'id': 1}")]
    [InlineData("""{"id": 1,}""")]
    [InlineData("""{"id": 1} // comment""")]
    [InlineData("""{"id": NaN}""")]
    [InlineData("""{"id": Infinity}""")]
    [InlineData("""{"id": 01}""")]
    [InlineData("""{"id": +1}""")]
    [InlineData("""{"id": .5}""")]
    [InlineData("""{"id": 1.}""")]
    [InlineData("""{"id": 0x10}""")]
    [InlineData("""{"id": "unterminated}""")]
    [InlineData("""{"id": "\x"}""")]
    [InlineData("""{"id": "\ud8"}""")]
    [InlineData("{\"id\": \"tab\tinside\"}")]
    [InlineData("{\"id\": \"nul\0inside\"}")]
    [InlineData("\uFEFF{\"id\": 1}")]
    [InlineData("[]")]
    [InlineData("""[{"id": 1, "op": "bucket"}]""")]
    [InlineData("\"text\"")]
    [InlineData("42")]
    [InlineData("true")]
    [InlineData("null")]
    public async Task A_line_that_is_no_json_object_is_malformed_and_has_no_id(string line)
    {
        JsonElement answer = await Runner.AskOneAsync(line);

        Assert.Equal("malformed", Runner.Code(answer));
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("id").ValueKind);
        Assert.NotEmpty(Runner.Detail(answer));
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xC3 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xF5, 0x80, 0x80, 0x80 })]
    public async Task A_line_that_is_not_utf8_is_malformed_wherever_the_bytes_stand(byte[] bytes)
    {
        foreach (string place in new[] { "id", "other", "op" })
        {
            byte[] line = [.. Encoding.UTF8.GetBytes($$$"""{"{{{place}}}": "a"""), .. bytes, .. "\"}\n"u8];

            JsonElement answer = JsonDocument.Parse(await Runner.RawAsync(line)).RootElement;

            Assert.Equal("malformed", Runner.Code(answer));
            Assert.Equal(JsonValueKind.Null, answer.GetProperty("id").ValueKind);
        }
    }

    [Theory]
    [InlineData("""{"id": 7}""")]
    [InlineData("""{"id": 7, "input": {}}""")]
    [InlineData("""{"id": 7, "op": null}""")]
    [InlineData("""{"id": 7, "op": 1}""")]
    [InlineData("""{"id": 7, "op": ["bucket"]}""")]
    [InlineData("""{"id": 7, "op": ""}""")]
    [InlineData("""{"id": 7, "op": "Bucket"}""")]
    [InlineData("""{"id": 7, "op": " bucket"}""")]
    [InlineData("""{"id": 7, "op": "bucket\u0000"}""")]
    [InlineData("""{"id": 7, "op": "\ud800"}""")]
    [InlineData("""{"id": 7, "Op": "bucket"}""")]
    [InlineData("""{"id": 7, "op": "no_such_op", "input": 5}""")]
    public async Task An_op_that_is_not_known_is_refused_before_its_input_is_looked_at(string line)
    {
        JsonElement answer = await Runner.AskOneAsync(line);

        Assert.Equal("unknown_op", Runner.Code(answer));
        Assert.Equal(7, answer.GetProperty("id").GetInt32());
        Assert.Contains("op", Runner.Detail(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"op": "bucket"}""", "input", "missing")]
    [InlineData("""{"op": "bucket", "input": null}""", "input", "null")]
    [InlineData("""{"op": "select", "input": []}""", "input", "[]")]
    [InlineData("""{"op": "bucket", "input": "{}"}""", "input", "{}")]
    [InlineData("""{"op": "bucket", "input": {}}""", "experiment_key", "missing")]
    [InlineData($$$"""{"op": "bucket", "input": {"experiment_key": "k", "seed": "s", "variants": {{{Variants}}}}}""", "unit_id", "missing")]
    [InlineData($$$"""{"op": "bucket", "input": {"experiment_key": "k", "unit_id": 42, "seed": "s", "variants": {{{Variants}}}}}""", "unit_id", "42")]
    [InlineData($$$"""{"op": "bucket", "input": {"experiment_key": "k", "unit_id": "\ud83d", "seed": "s", "variants": {{{Variants}}}}}""", "unit_id", "\\ud83d")]
    [InlineData("""{"op": "bucket", "input": {"experiment_key": "k", "unit_id": "u", "seed": "s", "variants": [{"key": "a", "weight": 1}, {"key": "b", "weight": -2}]}}""", "variants[1].weight", "-2")]
    [InlineData("""{"op": "bucket", "input": {"experiment_key": "k", "unit_id": "u", "seed": "s", "variants": [{"key": "a", "weight": "NaN"}]}}""", "variants[0].weight", "NaN")]
    [InlineData("""{"op": "bucket", "input": {"experiment_key": "k", "unit_id": "u", "seed": "s", "variants": [{"key": "a", "weight": 1e309}]}}""", "variants[0].weight", "1e309")]
    [InlineData("""{"op": "bucket", "input": {"experiment_key": "k", "unit_id": "u", "seed": "s", "variants": [{"key": "\udc00", "weight": 1}]}}""", "variants[0].key", "\\udc00")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": 1.5, "hash32": 0, "variants": {{{Variants}}}}}""", "bucket", "1.5")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": -1e-300, "hash32": 0, "variants": {{{Variants}}}}}""", "bucket", "-1e-300")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": 1.0000000000000002, "hash32": 0, "variants": {{{Variants}}}}}""", "bucket", "1.0000000000000002")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": "0.5", "hash32": 0, "variants": {{{Variants}}}}}""", "bucket", "0.5")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": true, "hash32": 0, "variants": {{{Variants}}}}}""", "bucket", "true")]
    [InlineData($$$"""{"op": "select", "input": {"hash32": 0, "variants": {{{Variants}}}}}""", "bucket", "missing")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": 0, "variants": {{{Variants}}}}}""", "hash32", "missing")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": 0, "hash32": 4294967296, "variants": {{{Variants}}}}}""", "hash32", "4294967296")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": 0, "hash32": 12.5, "variants": {{{Variants}}}}}""", "hash32", "12.5")]
    [InlineData($$$"""{"op": "select", "input": {"bucket": 0, "hash32": -1, "variants": {{{Variants}}}}}""", "hash32", "-1")]
    [InlineData("""{"op": "select", "input": {"bucket": 0, "hash32": 0, "variants": []}}""", "variants", "[]")]
    [InlineData("""{"op": "select", "input": {"bucket": 0, "hash32": 0}}""", "variants", "missing")]
    public async Task A_bad_field_is_refused_and_named_with_its_value(string line, string field, string value)
    {
        JsonElement answer = await Runner.AskOneAsync(line);

        Assert.Equal("invalid_input", Runner.Code(answer));
        Assert.StartsWith(field + " must ", Runner.Detail(answer), StringComparison.Ordinal);
        Assert.Contains(value, Runner.Detail(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_are_each_in_range_but_overflow_together_have_no_answer()
    {
        JsonElement answer = await Runner.AskOneAsync(
            """{"op": "select", "input": {"bucket": 0, "hash32": 0, "variants": [{"key": "a", "weight": 1e308}, {"key": "b", "weight": 1e308}]}}""");

        Assert.Equal("undefined_result", Runner.Code(answer));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-0.0")]
    [InlineData("0e5")]
    [InlineData("1e-400")]
    [InlineData("1e-99999999999")]
    public async Task However_zero_is_written_it_is_a_weight_and_a_bucket(string zero)
    {
        JsonElement answer = await Runner.AskOneAsync(
            $$$"""{"op": "select", "input": {"bucket": {{{zero}}}, "hash32": {{{zero}}}, "variants": [{"key": "none", "weight": {{{zero}}}}, {"key": "all", "weight": 3}]}}""");

        Assert.Equal("all", answer.GetProperty("result").GetProperty("variant").GetString());
    }

    [Theory]
    [InlineData("1e309")]
    [InlineData("1e99999999999")]
    [InlineData("-1e99999999999")]
    public async Task A_number_beyond_a_double_is_refused(string number)
    {
        JsonElement answer = await Runner.AskOneAsync($$$"""{"op": "select", "input": {"bucket": {{{number}}}, "hash32": 0, "variants": {{{Variants}}}}}""");

        Assert.Equal("invalid_input", Runner.Code(answer));
    }

    [Fact]
    public async Task A_number_of_many_digits_is_the_nearest_double()
    {
        // Halfway between one half and the next double, then a digit after 900 zeros that lifts it above: not below 1/2 any more.
        string halfway = "0.50000000000000005551115123125782702118158340454101562500";
        string above = halfway + new string('0', 900) + "1";
        string Ask(string bucket) => $$$"""{"op": "select", "input": {"bucket": {{{bucket}}}, "hash32": 1, "variants": [{"key": "a", "weight": 4503599627370497}, {"key": "b", "weight": 4503599627370495}]}}""";

        // The boundary is the next double above one half times (1 + 2^-52), so only the rounded-up bucket reaches it.
        Assert.Equal("a", (await Runner.AskOneAsync(Ask(halfway))).GetProperty("result").GetProperty("variant").GetString());
        Assert.Equal("b", (await Runner.AskOneAsync(Ask("0.50000000000000011102230246251565"))).GetProperty("result").GetProperty("variant").GetString());
        Assert.Equal("b", (await Runner.AskOneAsync(Ask(above))).GetProperty("result").GetProperty("variant").GetString());
    }

    [Fact]
    public async Task Fields_that_nobody_asked_for_are_ignored_even_when_their_names_are_malformed()
    {
        string line = $$$"""{"\ud800": 1, "id": 1, "op": "bucket", "x": [], "input": {"\udc00": {}, "note": "\ud800", {{{Good[1..]}}}}""";

        Assert.Null(Runner.Code(await Runner.AskOneAsync(line)));
    }

    [Fact]
    public async Task A_name_may_be_escaped_and_of_a_repeated_field_the_last_counts()
    {
        JsonElement answer = await Runner.AskOneAsync($$$"""{"id": 1, "op": "nothing", "\u006fp": "bucket", "id": 2, "input": {{{Good}}}}""");

        Assert.Null(Runner.Code(answer));
        Assert.Equal(2, answer.GetProperty("id").GetInt32());
    }
}
