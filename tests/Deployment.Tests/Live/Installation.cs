namespace Splitstream.Deployment.Tests.Live;

/// <summary>
/// A host's files in a folder of their own: what docs/install.md puts below /opt, /etc and /var, at the same paths under
/// <see cref="Root"/>. Ports and passwords are edited, as an operator does.
/// </summary>
internal sealed class Installation : IDisposable
{
    public const string ServerUser = "splitstream";
    public const string BackupUser = "splitstream-backup";
    private const int ServerUserId = 64_100;
    private const int BackupUserId = 64_101;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Passable =
        Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public Installation()
    {
        Root = Directory.CreateTempSubdirectory("splitstream-live-").FullName;
        File.SetUnixFileMode(Root, Passable);
        foreach (var folder in (string[])["opt/dotnet", "var/lib", "var/log", "etc/splitstream", "etc/systemd/system"])
            Directory.CreateDirectory(Path.Combine(Root, folder));
        CopyFolder(Sources.Server, At("/opt/splitstream/server"));
        CopyFolder(Sources.PathOf("deploy/backup"), At("/opt/splitstream/backup"));
        CopyFolder(Sources.PathOf("deploy/systemd"), At("/opt/splitstream/systemd"));
        foreach (var kind in (string[])["*.service", "*.target", "*.timer"])
        {
            foreach (var unit in Directory.GetFiles(Sources.PathOf("deploy/systemd"), kind))
                File.Copy(unit, At($"/etc/systemd/system/{Path.GetFileName(unit)}"));
        }

        AddUsers("passwd", id => $":x:{id}:{id}::/nonexistent:/usr/sbin/nologin");
        AddUsers("group", id => $":x:{id}:");
    }

    public string Root { get; }

    /// <summary>The folder of the .NET runtime that runs this test.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    public static IReadOnlyDictionary<string, int> Users { get; } =
        new Dictionary<string, int> { [ServerUser] = ServerUserId, [BackupUser] = BackupUserId };

    /// <summary>Where a path of the host is.</summary>
    public string At(string path) => Root + path;

    /// <summary>Installs a settings file of the deployment with other values for some of its variables; more are appended.</summary>
    public void InstallSettings(string source, string target, IReadOnlyDictionary<string, string> values)
    {
        var path = At(target);
        File.WriteAllText(path, EditSettings(File.ReadAllText(Sources.PathOf($"deploy/{source}")), values));
        File.SetUnixFileMode(path, OwnerOnly);
    }

    public static string EditSettings(string settings, IReadOnlyDictionary<string, string> values)
    {
        var kept = settings.Split('\n').Where(line => !values.Keys.Any(name => line.StartsWith(name + "=", StringComparison.Ordinal)));
        return string.Join('\n', [.. kept, .. values.Select(value => $"{value.Key}={value.Value}"), ""]);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void CopyFolder(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(source))
        {
            var copy = Path.Combine(target, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, File.GetUnixFileMode(file).HasFlag(UnixFileMode.UserExecute) ? Passable : Readable);
        }

        foreach (var folder in Directory.GetDirectories(source)) CopyFolder(folder, Path.Combine(target, Path.GetFileName(folder)));
    }

    private void AddUsers(string file, Func<int, string> rest) => File.WriteAllText(
        At($"/etc/{file}"), File.ReadAllText($"/etc/{file}") + string.Concat(Users.Select(user => user.Key + rest(user.Value) + "\n")));
}
