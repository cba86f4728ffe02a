using System.Text.Json;

namespace Splitstream.Stats.Tests.Corpus;

/// <summary>The corpus of hard rows that the repository itself holds; written by stats/corpus/make_stats_core.py.</summary>
public class CommittedCorpusTests
{
    private static readonly List<CorpusRow> Rows = Read();

    public static TheoryData<string> Ops() => new(Rows.Select(row => row.Op).Distinct());

    [Theory]
    [MemberData(nameof(Ops))]
    public void Every_row_of_the_corpus_is_answered_within_its_tolerance(string op)
    {
        var rows = Rows.Where(row => row.Op == op).ToList();

        var differences = rows.SelectMany(row => row.Differences(Answers.To(row))).ToList();

        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    [Fact]
    public void Every_row_of_the_corpus_names_its_source()
    {
        using var document = Open();

        var unnamed = document.RootElement.GetProperty("rows").EnumerateArray()
            .Where(row => string.IsNullOrWhiteSpace(row.GetProperty("source").GetString()))
            .Select(row => row.GetProperty("id").GetString());

        Assert.Empty(unnamed);
    }

    private static JsonDocument Open() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "stats", "corpus", "stats-core.json")));

    private static List<CorpusRow> Read()
    {
        var document = Open();
        return document.RootElement.GetProperty("rows").EnumerateArray().Select(CorpusRow.Parse).ToList();
    }
}
