using System.Text.Json;

namespace Splitstream.Cli.Up;

/// <summary>The folder that holds everything of one installation, and the names inside it.</summary>
/// <param name="Path">The absolute path without symbolic links.</param>
public sealed record DataFolder(string Path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode SecretFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OpenFile = SecretFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string KeysFile => System.IO.Path.Combine(Path, "keys.json");
    public string StateFile => System.IO.Path.Combine(Path, "state.json");
    public string LockFile => System.IO.Path.Combine(Path, "up.lock");
    public string ImportsFile => System.IO.Path.Combine(Path, "imports.json");
    public string DatabaseFolder => System.IO.Path.Combine(Path, "db");
    public string DatabaseSettingsFile => System.IO.Path.Combine(Path, "postgresql.conf");
    public string DatabaseSecretsFile => System.IO.Path.Combine(Path, "database.json");
    public string LogFolder => System.IO.Path.Combine(Path, "log");
    public string DatabaseLog => System.IO.Path.Combine(LogFolder, "postgresql.log");

    /// <summary>The log of one server: server.log of the first, server-2.log and so on of the others.</summary>
    public string ServerLog(int number) => System.IO.Path.Combine(LogFolder, number == 1 ? "server.log" : $"server-{number}.log");

    /// <summary>Names a folder without touching it. Two spellings of one folder, by symbolic links, give one name.</summary>
    public static DataFolder At(string path)
    {
        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var resolved = "/";
        foreach (var name in full.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var step = new DirectoryInfo(System.IO.Path.Combine(resolved, name));
            resolved = (step.Exists ? step.ResolveLinkTarget(returnFinalTarget: true)?.FullName : null) ?? step.FullName;
        }

        return new DataFolder(resolved);
    }

    /// <summary>
    /// Makes the folder where it is missing: for its owner only, or, as root, open to be passed through by the
    /// database's user, who gets a folder of its own inside.
    /// </summary>
    public void Create()
    {
        if (File.Exists(Path))
        {
            throw new CliException($"The data folder {Path} is a file.", "Choose another with --data.");
        }

        var passable = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (!Directory.Exists(Path))
        {
            Directory.CreateDirectory(Path);
            // Set apart from creation, because the caller's umask would otherwise take bits away.
            File.SetUnixFileMode(Path, Posix.IsRoot ? OwnerOnly | passable : OwnerOnly);
        }

        Directory.CreateDirectory(LogFolder);
        File.SetUnixFileMode(LogFolder, OwnerOnly);
    }

    /// <summary>Writes a file whole or not at all, readable by its owner only unless it is said to hold no secret.</summary>
    public static void WriteAtomically(string path, string text, bool isSecret = true)
    {
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = isSecret ? SecretFile : OpenFile,
        }))
        using (var writer = new StreamWriter(stream))
        {
            writer.Write(text);
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a JSON file of this folder; null when it is missing or was cut short.</summary>
    public static T? ReadJson<T>(string path) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), JsonSerializerOptions.Web);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes a JSON file of this folder atomically.</summary>
    public static void WriteJson<T>(string path, T value, bool isSecret = true) =>
        WriteAtomically(path, JsonSerializer.Serialize(value, new JsonSerializerOptions(JsonSerializerOptions.Web) { WriteIndented = true }) + "\n", isSecret);
}
