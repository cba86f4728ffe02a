namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>The working copy that the tests were built from.</summary>
internal static class Sources
{
    private static readonly string Root = FindRoot();

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

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Splitstream.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not lie in a working copy.");
    }
}
