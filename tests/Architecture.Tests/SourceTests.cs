using System.Text.RegularExpressions;

namespace Splitstream.Architecture.Tests;

/// <summary>Rules about the text of the sources.</summary>
public sealed partial class SourceTests
{
    private const int LinesMax = 400;

    private static readonly string[] Code = [".cs", ".sql", ".py", ".ts", ".tsx", ".php", ".sh"];

    public static TheoryData<string> Folders => ["src", "tests", "bench", "stats"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void No_source_file_is_longer_than_400_lines(string folder) =>
        Assert.DoesNotContain(Sources(folder), path => Repository.Read(path).Count(c => c == '\n') > LinesMax && !path.EndsWith("schema.sql", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Folders))]
    public void Nothing_is_left_unfinished_or_switched_off(string folder) =>
        Assert.DoesNotContain(Sources(folder), path => !IsThisFile(path) && Unfinished().IsMatch(Repository.Read(path)));

    [Fact]
    public void No_statement_locks_rows_for_update_outside_the_benchmark_that_measures_it() =>
        Assert.DoesNotContain(Sources("src"), path => LocksRows().IsMatch(Repository.Read(path)));

    [Fact]
    public void Grains_keep_their_context() =>
        Assert.DoesNotContain(Sources("src/Grains"), path => Repository.Read(path).Contains("ConfigureAwait(false)", StringComparison.Ordinal));

    [Fact]
    public void Every_migration_has_a_number_of_its_own_and_says_what_it_does()
    {
        var names = Repository.Files("src/Storage/Migrations", ".sql").Select(path => Path.GetFileName(path)!).ToList();

        Assert.All(names, name => Assert.Matches("^[0-9]{4}_[a-z0-9_]+[.]sql$", name));
        Assert.Equal(names.Count, names.Select(name => name[..4]).Distinct().Count());
    }

    private static IEnumerable<string> Sources(string folder) =>
        Directory.Exists(Path.Combine(Repository.Root, folder)) ? Repository.Files(folder, Code) : [];

    private static bool IsThisFile(string path) => path.EndsWith($"{nameof(SourceTests)}.cs", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|NotImplementedException)\b|Skip\s*=\s*""")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"FOR\s+(NO\s+KEY\s+)?UPDATE\b")]
    private static partial Regex LocksRows();
}
