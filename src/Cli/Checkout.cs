namespace Splitstream.Cli;

/// <summary>The working copy this command line was built from: where the server lies and which data was last brought up.</summary>
/// <param name="root">The folder that holds the solution.</param>
/// <param name="serverAssembly">The built server; null means the one in the checkout's own output.</param>
/// <param name="personalFolder">Where this person's programs keep their data; null means the system's place for it.</param>
public sealed class Checkout(string root, string? serverAssembly = null, string? personalFolder = null)
{
    private const string RootVariable = "SPLITSTREAM_ROOT";

    /// <summary>Where builds with this command line's engine lie.</summary>
#if ORLEANS
    private const string Output = "bin/Orleans/Release";
#else
    private const string Output = "bin/Release";
#endif

    /// <summary>The absolute path of the folder that holds the solution.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>The data folder of `up` without --data.</summary>
    public string DefaultDataFolder => Path.Combine(Root, ".splitstream");

    /// <summary>The built server; it exists after the launcher or the tests built the solution.</summary>
    public string ServerAssembly { get; } =
        serverAssembly ?? Path.Combine(Path.GetFullPath(root), "src", "Silo", Output, "net10.0", "splitstream-server.dll");

    /// <summary>Splitstream's own folder among a person's data; null where the person has no home.</summary>
    public string? PersonalFolder
    {
        get
        {
            var personal = personalFolder
                ?? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
            return personal.Length > 0 ? Path.Combine(personal, "splitstream") : null;
        }
    }

    private string LastFile => Path.Combine(Root, ".splitstream-last");

    /// <summary>The checkout the launcher names, else the one the running assembly lies in.</summary>
    public static Checkout Find()
    {
        if (Environment.GetEnvironmentVariable(RootVariable) is { Length: > 0 } named)
        {
            return new Checkout(named);
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Splitstream.sln")))
            {
                return new Checkout(folder.FullName);
            }
        }

        return new Checkout(Environment.CurrentDirectory);
    }

    /// <summary>The data folder of the last `up` of this checkout; null when there was none.</summary>
    public string? ReadLast()
    {
        try
        {
            return File.ReadAllText(LastFile).Trim() is { Length: > 0 } folder ? folder : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Remembers <paramref name="dataFolder"/> as the last `up`; a read-only checkout remembers nothing.</summary>
    public void WriteLast(string dataFolder)
    {
        try
        {
            File.WriteAllText(LastFile, dataFolder + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Remembering is a convenience: verbs then need --data, which their error says.
        }
    }
}
