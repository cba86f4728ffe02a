using System.Runtime.CompilerServices;

namespace Splitstream.Architecture.Tests;

/// <summary>The checked-out files, as the tests see them.</summary>
public static class Repository
{
    private static readonly string[] Built = ["bin", "obj", "node_modules", ".git", "artifacts", "TestResults"];

    public static string Root { get; } = Path.GetFullPath(Path.Combine(Folder(), "..", ".."));

    /// <summary>Files below a folder of the repository that people write, as paths from the root with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder, params string[] endings) =>
        Walk(Path.Combine(Root, folder))
            .Where(file => endings.Length == 0 || endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)))
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder).Where(child => !Built.Contains(Path.GetFileName(child))).SelectMany(Walk));

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
