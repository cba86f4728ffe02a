using System.Diagnostics;

namespace Splitstream.Deployment.Tests;

public sealed class OrleansPackagesTests
{
    /// <summary>A version that no source has.</summary>
    private const string Absent = "0.0.7";

    [Theory]
    [InlineData("Splitstream.sln")]
    [InlineData("src/Silo/Splitstream.Silo.csproj")]
    [InlineData("tests/Engine.Tests/Splitstream.Engine.Tests.csproj")]
    public async Task Where_the_packages_cannot_be_restored_the_build_says_so_in_one_sentence(string project)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Splitstream.sln"))) root = Path.GetDirectoryName(root)!;
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ORLEANS_FEED"] = "", ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_UI_LANGUAGE"] = "en" },
        };
        foreach (var argument in new[] { "restore", project, "-p:Engine=Orleans", $"-p:OrleansVersion={Absent}" }) start.ArgumentList.Add(argument);

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = (await process.StandardOutput.ReadToEndAsync() + await errors).Split('\n');
        await process.WaitForExitAsync();

        var said = Assert.Single(lines.Where(line => line.Contains("error", StringComparison.Ordinal)).Select(WithoutPlace).Distinct());
        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains($"Orleans {Absent} cannot be restored", said, StringComparison.Ordinal);
        Assert.Contains("set ORLEANS_FEED", said, StringComparison.Ordinal);
    }

    /// <summary>The message without the file and the project that it was found in.</summary>
    private static string WithoutPlace(string line) => line[line.IndexOf("error", StringComparison.Ordinal)..].Split(" [")[0].Trim();
}
