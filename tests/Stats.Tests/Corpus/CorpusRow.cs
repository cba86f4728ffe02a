using System.Text.Json;

namespace Splitstream.Stats.Tests.Corpus;

/// <summary>One question with its expected answer, as `spec/eval.md` writes them.</summary>
public sealed record CorpusRow(string Id, string Op, JsonElement Input, JsonElement Expected, double Rtol, double Atol)
{
    public static CorpusRow Parse(JsonElement row) => new(
        row.GetProperty("id").GetString()!,
        row.GetProperty("op").GetString()!,
        row.GetProperty("input"),
        row.GetProperty("expected"),
        row.TryGetProperty("rtol", out var rtol) ? rtol.GetDouble() : 0,
        row.TryGetProperty("atol", out var atol) ? atol.GetDouble() : 0);

    /// <summary>Every place where the answer differs from the expected one by more than the row allows.</summary>
    public List<string> Differences(object? answer)
    {
        var differences = new List<string>();
        Compare("", JsonSerializer.SerializeToElement(answer), Expected, differences);
        return differences;
    }

    private void Compare(string path, JsonElement got, JsonElement expected, List<string> differences)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Number when got.ValueKind == JsonValueKind.Number:
                var (g, e) = (got.GetDouble(), expected.GetDouble());
                if (!(Math.Abs(g - e) <= Rtol * Math.Abs(e) + Atol))
                    differences.Add($"{Id}{path}: got {g:R}, expected {e:R}, relative {Math.Abs(g - e) / Math.Abs(e):E1}, allowed {Rtol:E1}");
                break;
            case JsonValueKind.Array when got.ValueKind == JsonValueKind.Array && got.GetArrayLength() == expected.GetArrayLength():
                for (var i = 0; i < expected.GetArrayLength(); i++)
                    Compare($"{path}[{i}]", got[i], expected[i], differences);
                break;
            case JsonValueKind.Object when got.ValueKind == JsonValueKind.Object:
                foreach (var field in expected.EnumerateObject())
                {
                    if (got.TryGetProperty(field.Name, out var value))
                        Compare($"{path}.{field.Name}", value, field.Value, differences);
                    else
                        differences.Add($"{Id}{path}.{field.Name}: missing");
                }

                break;
            default:
                if (got.GetRawText() != expected.GetRawText())
                    differences.Add($"{Id}{path}: got {got.GetRawText()}, expected {expected.GetRawText()}");
                break;
        }
    }
}
