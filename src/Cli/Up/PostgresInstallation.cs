using System.Globalization;

namespace Splitstream.Cli.Up;

/// <summary>The programs of one PostgreSQL version on this machine.</summary>
/// <param name="BinFolder">Where initdb and postgres lie.</param>
/// <param name="Major">The major version, 15 or newer.</param>
public sealed record PostgresInstallation(string BinFolder, int Major)
{
    /// <summary>The oldest major version whose SQL the server uses.</summary>
    public const int OldestMajor = 15;

    private const string BinVariable = "SPLITSTREAM_PG_BIN";

    private static readonly string[] VersionedRoots = ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/postgresql"];

    public string InitDb => Path.Combine(BinFolder, "initdb");

    public string Postgres => Path.Combine(BinFolder, "postgres");

    /// <summary>Finds the newest installed version, or exactly <paramref name="major"/> where a cluster needs it.</summary>
    /// <returns>Null when none fits.</returns>
    public static async Task<PostgresInstallation?> FindAsync(int? major, CancellationToken cancellationToken)
    {
        var found = new List<PostgresInstallation>();
        foreach (var folder in Candidates())
        {
            var postgres = Path.Combine(folder, "postgres");
            if (!File.Exists(postgres) || !File.Exists(Path.Combine(folder, "initdb")))
            {
                continue;
            }

            var answer = await CommandRunner.RunAsync([postgres, "--version"], null, cancellationToken);
            if (answer.ExitCode == 0 && ParseMajor(answer.Output) is { } version && version >= OldestMajor)
            {
                found.Add(new PostgresInstallation(folder, version));
            }
        }

        return found.Where(i => major is null || i.Major == major).MaxBy(i => i.Major);
    }

    /// <summary>The version that the cluster of a data folder needs, or the newest for a new cluster; installs the package where none is there.</summary>
    /// <param name="progress">Hears what is installed.</param>
    /// <exception cref="CliException">No version fits, and none could be installed.</exception>
    public static async Task<PostgresInstallation> FindOrInstallAsync(DataFolder data, TextWriter progress, CancellationToken cancellationToken)
    {
        var major = PostgresCluster.MajorOf(data);
        if (await FindAsync(major, cancellationToken) is { } found)
        {
            return found;
        }

        if (major is not null && await FindAsync(null, cancellationToken) is { } other)
        {
            throw new CliException(
                $"The database in {data.DatabaseFolder} was made by PostgreSQL {major}, but this machine has {other.Major}.",
                $"Install it: apt-get install postgresql-{major}");
        }

        await PostgresPackage.InstallAsync(progress, cancellationToken);
        return await FindAsync(major, cancellationToken)
            ?? throw new CliException($"apt installed a PostgreSQL older than {OldestMajor}, or not the one the database needs.");
    }

    /// <summary>The major version out of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; null when it has none.</summary>
    public static int? ParseMajor(string versionLine)
    {
        var words = versionLine.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var at = Array.IndexOf(words, "(PostgreSQL)") + 1;
        if (at <= 0 || at >= words.Length)
        {
            return null;
        }

        var digits = new string([.. words[at].TakeWhile(char.IsAsciiDigit)]);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : null;
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(BinVariable) is { Length: > 0 } named)
        {
            yield return named;
        }

        foreach (var root in VersionedRoots.Where(Directory.Exists))
        {
            foreach (var version in Directory.EnumerateDirectories(root))
            {
                yield return Path.Combine(version, "bin");
            }
        }

        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }
    }
}
