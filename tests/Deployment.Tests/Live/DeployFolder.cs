using System.Reflection;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>What operators are given, as it lies in this checkout, and the server that was built from it.</summary>
internal static class DeployFolder
{
    private static readonly string Root = FindRoot();

    /// <summary>The built server: what `dotnet publish` copies.</summary>
    public static string Server => Path.Combine(Root, "src", "Silo", "bin", Configuration, "net10.0");

    /// <summary>Release or Debug, as this test was built.</summary>
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>A file or folder below <c>deploy</c>.</summary>
    public static string At(string path) => Path.Combine(Root, "deploy", path);

    /// <summary>The first block of a language in the instructions.</summary>
    public static string InstructionsIn(string language) => AllInstructionsIn(language).First();

    /// <summary>The blocks of a language in the instructions, at least one.</summary>
    public static IReadOnlyList<string> AllInstructionsIn(string language)
    {
        var parts = File.ReadAllText(Path.Combine(Root, "docs", "install.md")).Split("\n```");
        string[] blocks = [.. parts.Where(part => part.StartsWith(language + "\n", StringComparison.Ordinal)).Select(part => part[language.Length..])];
        return blocks.Length > 0 ? blocks : throw new InvalidOperationException($"docs/install.md has no block of {language}.");
    }

    private static string FindRoot()
    {
        var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
        while (folder is not null && !File.Exists(Path.Combine(folder, "Splitstream.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests do not run from a checkout.");
    }
}
