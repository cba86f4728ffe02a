using System.Text.RegularExpressions;

namespace Splitstream.Deployment.Tests.Capacity;

/// <summary>The page for operators shows what the calculation says, and nothing older.</summary>
public sealed partial class CapacityTests
{
    [Fact]
    public async Task Tables_of_the_page_for_operators_are_those_that_the_calculation_prints()
    {
        var calculation = await Tool.RunAsync(["python3", Sources.PathOf("bench/capacity.py")]);
        Assert.True(calculation.IsOk, calculation.ToString());
        var printed = Tables(calculation.Output);
        var shown = Tables(Sources.Read("docs/operate.md"));

        Assert.NotEmpty(printed);
        Assert.Equal(string.Join("\n\n", printed), string.Join("\n\n", shown));
    }

    /// <summary>What is between the marks, and the marks.</summary>
    private static IReadOnlyList<string> Tables(string text) => [.. Table().Matches(text).Select(table => table.Value)];

    [GeneratedRegex("<!-- capacity: .*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex Table();
}
