using System.Text;
using System.Text.Json;

namespace Splitstream.Cli.Tests.Evaluation;

/// <summary>The published examples and the committed corpus, row by row through the runner.</summary>
public sealed class EvalExamplesTests
{
    [SharedFact]
    public async Task The_published_examples_are_answered_exactly()
    {
        string file = SharedFolder.File("spec", "bucketing-examples.jsonl");
        JsonElement[] rows = [.. File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)];

        JsonElement[] answers = await Runner.AskAsync(await File.ReadAllTextAsync(file));

        Assert.Equal(40, rows.Length);
        Assert.Equal(rows.Length, answers.Length);
        foreach ((JsonElement row, JsonElement answer) in rows.Zip(answers))
        {
            AssertEqual(row.GetProperty("id"), row.GetProperty("expected"), answer);
        }
    }

    [Fact]
    public async Task Every_row_of_the_corpus_is_answered_or_refused_as_it_says()
    {
        string file = Path.Combine(Runner.RepositoryRoot(), "stats", "corpus", "bucketing.json");
        JsonElement corpus = JsonDocument.Parse(await File.ReadAllTextAsync(file)).RootElement;
        JsonElement[] rows = [.. new[] { "bucket", "select", "bad" }.SelectMany(part => corpus.GetProperty(part).EnumerateArray())];
        var input = new StringBuilder();
        foreach (JsonElement row in rows)
        {
            // A row of the two good parts holds its fields beside its id, and its op is the first word of that.
            string op = row.TryGetProperty("op", out JsonElement name) ? name.GetString()! : row.GetProperty("id").GetString()!.Split('-')[0];
            JsonElement fields = row.TryGetProperty("input", out JsonElement inner) ? inner : row;
            string line = $$$"""{"id": {{{row.GetProperty("id").GetRawText()}}}, "op": "{{{op}}}", "input": {{{fields.GetRawText()}}}}""";
            input.Append(line).Append('\n');
        }

        JsonElement[] answers = await Runner.AskAsync(input.ToString());

        Assert.Equal(rows.Length, answers.Length);
        foreach ((JsonElement row, JsonElement answer) in rows.Zip(answers))
        {
            JsonElement expected = row.GetProperty("expected");
            if (expected.TryGetProperty("error", out JsonElement code))
            {
                Assert.True(code.GetString() == Runner.Code(answer), $"{row.GetProperty("id")} {row.GetProperty("note")}: {answer}");
            }
            else
            {
                AssertEqual(row.GetProperty("id"), expected, answer);
            }
        }
    }

    private static void AssertEqual(JsonElement id, JsonElement expected, JsonElement answer)
    {
        Assert.Equal(id.GetRawText(), answer.GetProperty("id").GetRawText());
        Assert.True(answer.GetProperty("ok").GetBoolean(), answer.ToString());
        Assert.True(JsonElement.DeepEquals(expected, answer.GetProperty("result")), $"{id}: {expected} is not {answer}");
        if (expected.TryGetProperty("bucket", out JsonElement bucket))
        {
            Assert.Equal(bucket.GetDouble(), answer.GetProperty("result").GetProperty("bucket").GetDouble());
        }
    }
}
