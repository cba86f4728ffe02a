using System.Xml.Linq;

namespace Splitstream.Architecture.Tests;

/// <summary>The direction of dependencies: every arrow that exists, and no other.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Bucketing"] = [],
        ["Stats"] = [],
        ["Engine.Embedded"] = [],
        ["Grains.Interfaces"] = ["Bucketing", "engine"],
        ["Storage"] = ["Grains.Interfaces"],
        ["Grains"] = ["Bucketing", "Grains.Interfaces", "Stats", "Storage"],
        ["Api"] = ["Grains.Interfaces"],
        ["Silo"] = ["Api", "Bucketing", "Grains", "Grains.Interfaces", "Stats", "Storage", "engine"],
        ["Cli"] = ["Bucketing", "Stats"],
    };

    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["Bucketing"] = [],
        ["Stats"] = ["MathNet.Numerics"],
        ["Engine.Embedded"] = ["Npgsql"],
        ["Grains.Interfaces"] = [],
        ["Storage"] = ["Npgsql"],
        ["Grains"] = [],
        ["Api"] = ["Microsoft.AspNetCore.OpenApi", "Microsoft.OpenApi"],
        ["Silo"] = ["Microsoft.Orleans.Dashboard"],
        ["Cli"] = ["CsvHelper", "Npgsql", "Spectre.Console", "System.CommandLine"],
    };

    public static TheoryData<string> Projects => [.. Arrows.Keys];

    [Fact]
    public void Every_project_is_in_the_table()
    {
        var projects = Repository.Files("src", ".csproj").Select(path => path.Split('/')[1]);

        Assert.Equal(Arrows.Keys.Order(StringComparer.Ordinal), projects.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_what_the_table_says(string project)
    {
        var file = XDocument.Parse(Repository.Read($"src/{project}/Splitstream.{project}.csproj"));
        var references = file.Descendants("ProjectReference")
            .Select(reference => Path.GetFileName(Path.GetDirectoryName(reference.Attribute("Include")!.Value.Replace('\\', '/')))!);
        var engine = file.Descendants("Import").Any(import => import.Attribute("Project")!.Value.EndsWith("Engine.props", StringComparison.Ordinal));

        Assert.Equal(Arrows[project], references.Concat(engine ? ["engine"] : Array.Empty<string>()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_the_packages_that_the_table_says(string project)
    {
        var file = XDocument.Parse(Repository.Read($"src/{project}/Splitstream.{project}.csproj"));

        Assert.Equal(Packages[project], file.Descendants("PackageReference").Select(p => p.Attribute("Include")!.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Read("Splitstream.sln");
        var projects = Repository.Files("src", ".csproj").Concat(Repository.Files("tests", ".csproj")).Concat(Repository.Files("bench", ".csproj"));

        Assert.All(projects, project => Assert.Contains(project.Replace('/', '\\'), solution, StringComparison.Ordinal));
    }
}
