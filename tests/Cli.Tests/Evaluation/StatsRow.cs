using System.Text.Json;

namespace Splitstream.Cli.Tests.Evaluation;

/// <summary>A question about the statistics engine with its answer or its refusal.</summary>
internal sealed record StatsRow(JsonElement Json)
{
    public string Id => Json.GetProperty("id").GetString()!;

    public string Op => Json.GetProperty("op").GetString()!;

    /// <summary>The question as the runner takes it.</summary>
    public string Line => $$$"""{"id": "{{{Id}}}", "op": "{{{Op}}}", "input": {{{Json.GetProperty("input").GetRawText()}}}}""";

    /// <summary>Every place where an answer differs from this row by more than it allows.</summary>
    public List<string> Differences(JsonElement answer)
    {
        var differences = new List<string>();
        if (answer.GetProperty("id").GetString() != Id)
        {
            differences.Add($"{Id}: the answer is that of {answer.GetProperty("id")}");
        }
        else if (Json.TryGetProperty("error", out JsonElement error))
        {
            if (Runner.Code(answer) != error.GetString())
            {
                differences.Add($"{Id}: got {answer}, expected {error}");
            }
        }
        else if (!answer.GetProperty("ok").GetBoolean())
        {
            differences.Add($"{Id}: refused, {Runner.Detail(answer)}");
        }
        else
        {
            Compare("", answer.GetProperty("result"), Json.GetProperty("expected"), differences);
        }

        return differences;
    }

    private void Compare(string path, JsonElement got, JsonElement expected, List<string> differences)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Number when got.ValueKind == JsonValueKind.Number:
                (double g, double e) = (got.GetDouble(), expected.GetDouble());
                if (!(Math.Abs(g - e) <= Tolerance("rtol") * Math.Abs(e) + Tolerance("atol")))
                {
                    differences.Add($"{Id}{path}: got {g:R}, expected {e:R}, relative {Math.Abs(g - e) / Math.Abs(e):E1}");
                }

                break;
            case JsonValueKind.Array when got.ValueKind == JsonValueKind.Array && got.GetArrayLength() == expected.GetArrayLength():
                for (int i = 0; i < expected.GetArrayLength(); i++)
                {
                    Compare($"{path}[{i}]", got[i], expected[i], differences);
                }

                break;
            case JsonValueKind.Object when got.ValueKind == JsonValueKind.Object && Names(got).SetEquals(Names(expected)):
                foreach (JsonProperty field in expected.EnumerateObject())
                {
                    Compare($"{path}.{field.Name}", got.GetProperty(field.Name), field.Value, differences);
                }

                break;
            default:
                if (got.GetRawText() != expected.GetRawText())
                {
                    differences.Add($"{Id}{path}: got {got.GetRawText()}, expected {expected.GetRawText()}");
                }

                break;
        }
    }

    private double Tolerance(string name) => Json.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : 0;

    private static HashSet<string> Names(JsonElement value) => [.. value.EnumerateObject().Select(field => field.Name)];
}
