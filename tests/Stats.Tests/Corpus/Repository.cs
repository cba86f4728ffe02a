namespace Splitstream.Stats.Tests.Corpus;

/// <summary>Where the files that tests read are found.</summary>
public static class Repository
{
    /// <summary>The folder that holds Splitstream.sln.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Splitstream.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Splitstream.sln was not found above the tests.");
        return folder;
    }
}
