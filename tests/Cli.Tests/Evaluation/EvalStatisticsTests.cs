using System.Diagnostics;
using System.Text.Json;
using Splitstream.Cli.Evaluation;

namespace Splitstream.Cli.Tests.Evaluation;

/// <summary>The statistics engine through the runner: the published examples, the committed corpus, and where that comes from.</summary>
public sealed class EvalStatisticsTests
{
    private static readonly string Folder = Path.Combine(Runner.RepositoryRoot(), "stats", "corpus");
    private static readonly StatsRow[] Corpus = Read();

    public static TheoryData<string> Ops() => new(Corpus.Select(row => row.Op).Distinct());

    [SharedFact]
    public async Task Every_published_example_is_answered_within_its_tolerance()
    {
        string file = SharedFolder.File("spec", "stats-examples.jsonl");
        string text = await File.ReadAllTextAsync(file);
        StatsRow[] rows = [.. File.ReadLines(file).Select(line => new StatsRow(JsonDocument.Parse(line).RootElement))];

        JsonElement[] answers = await Runner.AskAsync(text);

        Assert.Equal(100, rows.Length);
        Assert.Equal(rows.Length, answers.Length);
        Assert.Empty(rows.Zip(answers).SelectMany(pair => pair.First.Differences(pair.Second)));
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public async Task Every_row_of_the_corpus_is_answered_within_its_tolerance_or_refused_as_it_says(string op)
    {
        StatsRow[] rows = [.. Corpus.Where(row => row.Op == op)];

        JsonElement[] answers = await Runner.AskAsync(string.Concat(rows.Select(row => row.Line + "\n")));

        Assert.Equal(rows.Length, answers.Length);
        List<string> differences = [.. rows.Zip(answers).SelectMany(pair => pair.First.Differences(pair.Second))];
        Assert.True(differences.Count == 0, string.Join(Environment.NewLine, differences));
    }

    [Fact]
    public void The_corpus_asks_every_op_for_answers_and_refusals()
    {
        foreach (string op in EvalOps.All.Keys.Except(["bucket", "select"]))
        {
            Assert.True(Corpus.Count(row => row.Op == op && row.Json.TryGetProperty("expected", out _)) >= 3, op);
            Assert.True(Corpus.Any(row => row.Op == op && row.Json.TryGetProperty("error", out _)), op);
        }

        Assert.True(Corpus.Length >= 400, $"{Corpus.Length} rows");
        Assert.Equal(Corpus.Length, Corpus.Select(row => row.Id).Distinct().Count());
        Assert.DoesNotContain(Corpus, row => string.IsNullOrWhiteSpace(row.Json.GetProperty("source").GetString()));
    }

    [Fact]
    public async Task The_script_computes_the_committed_corpus_again_to_the_byte()
    {
        // Debian's own Python, which has the modules; another one that comes first on the path may not.
        var start = new ProcessStartInfo("/usr/bin/python3", ["-B", Path.Combine(Folder, "make_stats.py"), "--check"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        using Process python = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
        Task<string> errors = python.StandardError.ReadToEndAsync();
        string differences = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();

        Assert.True(python.ExitCode == 0, differences + await errors);
    }

    internal static JsonElement FirstQuestion(string op) =>
        Corpus.First(row => row.Op == op && row.Json.TryGetProperty("expected", out _)).Json.GetProperty("input");

    private static StatsRow[] Read()
    {
        JsonElement corpus = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "stats.json"))).RootElement;
        return [.. corpus.GetProperty("rows").EnumerateArray().Select(row => new StatsRow(row))];
    }
}
