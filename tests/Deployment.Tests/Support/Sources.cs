namespace Splitstream.Deployment.Tests.Support;

/// <summary>The working copy that the tests were built from.</summary>
internal static class Sources
{
    /// <summary>Builds with this test's engine lie there.</summary>
#if ORLEANS
    private const string Output = "bin/Orleans";
#else
    private const string Output = "bin";
#endif

    private static readonly string Root = FindRoot();

    /// <summary>The folder of the built server: what <c>dotnet publish</c> copies.</summary>
    public static string Server => Path.Combine(Root, "src/Silo", Output, new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0");

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>Files below a folder by a pattern, in the order of their names, relative to the root; never none.</summary>
    /// <exception cref="InvalidOperationException">There is no such file, so whoever checks them would check nothing.</exception>
    public static IReadOnlyList<string> Files(string folder, string pattern)
    {
        string[] files = Directory.Exists(PathOf(folder))
            ? [.. Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Root, file)).Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0 ? files : throw new InvalidOperationException($"There is no {pattern} below {folder}.");
    }

    /// <summary>The first block of a language in docs/install.md.</summary>
    public static string InstructionsIn(string language) => AllInstructionsIn(language)[0];

    /// <summary>The blocks of a language in docs/install.md, at least one.</summary>
    public static IReadOnlyList<string> AllInstructionsIn(string language)
    {
        string[] blocks =
        [
            .. Read("docs/install.md").Split("\n```").Where(part => part.StartsWith(language + "\n", StringComparison.Ordinal))
                .Select(part => part[language.Length..]),
        ];
        return blocks.Length > 0 ? blocks : throw new InvalidOperationException($"docs/install.md has no block of {language}.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Splitstream.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not lie in a working copy.");
    }
}
