using System.Runtime.CompilerServices;

namespace Splitstream.Tests.SharedData;

/// <summary>
/// Specifications and real studies that are not part of the repository: the folder that SPLITSTREAM_SHARED names, by default ../shared
/// beside the repository. Compiled into every test project that needs it.
/// </summary>
internal static class SharedFolder
{
    private static readonly string? Named = Environment.GetEnvironmentVariable("SPLITSTREAM_SHARED") is { Length: > 0 } named ? named : null;

    public static string Path { get; } = System.IO.Path.GetFullPath(Named ?? System.IO.Path.Combine(RepositoryRoot(), "..", "shared"));

    /// <summary>Why tests that need the folder cannot run; null when they can. A folder that was named must exist, or the tests fail.</summary>
    public static string? Absent { get; } = Named is null && !Directory.Exists(Path)
        ? $"The shared data are not at {Path}; set SPLITSTREAM_SHARED to the folder that holds spec/ and data/."
        : null;

    /// <summary>A file of the folder, by its path in there.</summary>
    /// <exception cref="FileNotFoundException">The folder lacks it.</exception>
    public static string File(params string[] parts)
    {
        var path = System.IO.Path.Combine([Path, .. parts]);
        return System.IO.File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing from the shared data.", path);
    }

    private static string RepositoryRoot([CallerFilePath] string file = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, "..", "..");
}

/// <summary>A fact about shared data; reported as not run, with the reason, where they are absent.</summary>
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = SharedFolder.Absent;
}

/// <summary>A theory about shared data; reported as not run, with the reason, where they are absent.</summary>
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = SharedFolder.Absent;
}
