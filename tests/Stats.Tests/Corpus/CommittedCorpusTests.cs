using System.Text.Json;

namespace Splitstream.Stats.Tests.Corpus;

/// <summary>The rows of stats/corpus/stats.json that go beyond the conformance runner, which has the others.</summary>
public class CommittedCorpusTests
{
    private static readonly List<CorpusRow> Rows = Read();

    public static TheoryData<string> Ops() => new(Rows.Select(row => row.Op).Distinct());

    [Theory]
    [MemberData(nameof(Ops))]
    public void Every_row_for_the_library_alone_is_answered_within_its_tolerance(string op)
    {
        var rows = Rows.Where(row => row.Op == op).ToList();

        var differences = rows.SelectMany(row => row.Differences(Answers.To(row))).ToList();

        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    [Fact]
    public void Every_row_for_the_library_alone_names_its_source()
    {
        using var document = Open();

        var unnamed = document.RootElement.GetProperty("library").EnumerateArray()
            .Where(row => string.IsNullOrWhiteSpace(row.GetProperty("source").GetString()))
            .Select(row => row.GetProperty("id").GetString());

        Assert.Empty(unnamed);
    }

    private static JsonDocument Open() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "stats", "corpus", "stats.json")));

    private static List<CorpusRow> Read()
    {
        var document = Open();
        return document.RootElement.GetProperty("library").EnumerateArray().Select(CorpusRow.Parse).ToList();
    }
}
