using System.Text.Json;

namespace Splitstream.Stats.Tests.Corpus;

/// <summary>The worked examples of the specification, when they are at hand.</summary>
public class SharedExamplesTests
{
    [SharedFact]
    public void Every_example_of_the_specification_is_answered_within_its_tolerance()
    {
        var file = SharedFolder.File("spec", "stats-examples.jsonl");
        var rows = File.ReadLines(file).Select(line => CorpusRow.Parse(JsonDocument.Parse(line).RootElement)).ToList();
        var answered = rows.Where(row => Answers.Covers(row.Op)).ToList();

        var differences = answered.SelectMany(row => row.Differences(Answers.To(row))).ToList();

        Assert.True(answered.Count >= 60, $"only {answered.Count} of {rows.Count} rows have an op known here");
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }
}
