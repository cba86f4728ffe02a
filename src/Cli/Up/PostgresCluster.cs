using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace Splitstream.Cli.Up;

/// <summary>The passwords of the private cluster, kept in database.json with mode 600.</summary>
/// <param name="Superuser">Of the role `postgres`, for this command line only.</param>
/// <param name="Server">Of the role `splitstream`, which owns the database and is no superuser.</param>
public sealed record DatabaseSecrets(string Superuser, string Server);

/// <summary>
/// The private PostgreSQL cluster below a data folder: made once, started and stopped here, reachable on loopback
/// with a password only. It shares nothing with a cluster of the system.
/// </summary>
public sealed class PostgresCluster(DataFolder data, PostgresInstallation installation, DatabaseAccount account, TimeProvider time)
{
    private const string Database = "splitstream";
    private const string Superuser = "postgres";
    private const string ServerRole = "splitstream";

    /// <summary>Attempts to start: another process may take the chosen port first, or remains of a killed one linger.</summary>
    private const int StartAttempts = 5;

    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly Dictionary<string, string> Environment = new() { ["LC_ALL"] = "C", ["LANG"] = "C" };

    /// <summary>The major version of an existing cluster; null when there is none.</summary>
    public static int? MajorOf(DataFolder data)
    {
        var file = Path.Combine(data.DatabaseFolder, "PG_VERSION");
        return File.Exists(file) ? int.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>The running postmaster of a data folder; null when none runs.</summary>
    public static ProcessIdentity? RunningProcess(DataFolder data) =>
        ReadPidFile(data) is { } lines && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var id) && IsPostmaster(id, data)
            ? ProcessIdentity.Of(id)
            : null;

    /// <summary>Makes the cluster where it is missing. An interrupted attempt leaves nothing that a later one would trust.</summary>
    public async Task InitialiseAsync(CancellationToken cancellationToken)
    {
        if (MajorOf(data) is not null)
        {
            if (DataFolder.ReadJson<DatabaseSecrets>(data.DatabaseSecretsFile) is null)
            {
                throw new CliException($"{data.DatabaseSecretsFile} is missing, and with it the password of the database in {data.DatabaseFolder}.",
                    "Restore the file from a backup of the data folder.");
            }

            return;
        }

        var secrets = new DatabaseSecrets(NewPassword(), NewPassword());
        var unfinished = data.DatabaseFolder + ".new";
        var passwordFile = Path.Combine(data.Path, "initdb.password");
        if (Directory.Exists(unfinished))
        {
            Directory.Delete(unfinished, recursive: true);
        }

        Directory.CreateDirectory(unfinished);
        account.TakeOver(unfinished);
        try
        {
            DataFolder.WriteAtomically(passwordFile, secrets.Superuser + "\n");
            account.TakeOver(passwordFile);
            var made = await CommandRunner.RunAsync(
                account.Wrap(
                    installation.InitDb, "--pgdata", unfinished, "--username", Superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256",
                    "--encoding", "UTF8", "--locale", "C", "--data-checksums", "--no-instructions"),
                Environment,
                cancellationToken);
            if (made.ExitCode != 0)
            {
                throw new CliException($"The database could not be made: {made.Output}");
            }
        }
        finally
        {
            File.Delete(passwordFile);
        }

        DataFolder.WriteJson(data.DatabaseSecretsFile, secrets);
        Directory.Move(unfinished, data.DatabaseFolder);
    }

    /// <summary>Starts the cluster, or finds it running, and makes sure that the role and the database exist.</summary>
    /// <param name="rememberedPort">The port of the last start; taken again when it is free.</param>
    /// <param name="serverPorts">The ports of the servers that will connect; none of them is taken.</param>
    /// <returns>The port it listens on.</returns>
    public async Task<int> StartAsync(int? rememberedPort, IReadOnlyList<int> serverPorts, CancellationToken cancellationToken)
    {
        if (RunningProcess(data) is { } running && ReadPort(data) is { } port)
        {
            await WaitUntilReadyAsync(port, running, cancellationToken);
            return port;
        }

        LogTail.Rotate(data.DatabaseLog);
        for (var attempt = 1; ; attempt++)
        {
            RemoveStalePidFile();
            var chosen = Ports.Choose(rememberedPort, serverPorts);
            WriteSettings(chosen, serverPorts.Count);
            using var process = CommandRunner.StartDetached(
                account.Wrap(installation.Postgres, "-D", data.DatabaseFolder, "-c", $"config_file={data.DatabaseSettingsFile}"),
                Environment,
                data.DatabaseLog);
            try
            {
                if (ProcessIdentity.Of(process.Id) is { } identity && await WaitUntilReadyAsync(chosen, identity, cancellationToken))
                {
                    return chosen;
                }
            }
            catch (OperationCanceledException)
            {
                Posix.Signal(process.Id, Posix.Interrupt);
                throw;
            }

            if (attempt == StartAttempts)
            {
                throw new CliException($"The database did not start. The end of {data.DatabaseLog}:\n{LogTail.Of(data.DatabaseLog)}");
            }

            await Task.Delay(RetryPause, time, cancellationToken);
        }
    }

    /// <summary>Stops the cluster of a data folder: sessions are ended, everything committed is on disk.</summary>
    /// <returns>Whether one was running.</returns>
    public static async Task<bool> StopAsync(DataFolder data, TimeProvider time)
    {
        if (RunningProcess(data) is not { } postmaster)
        {
            return false;
        }

        // "Fast" shutdown; "immediate", if that hangs, costs only a recovery at the next start.
        foreach (var signal in (int[])[Posix.Interrupt, Posix.Quit, Posix.Kill])
        {
            postmaster.Signal(signal);
            if (await postmaster.WaitForEndAsync(StopPatience, time))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>What the server connects with.</summary>
    public string ConnectionString(int port)
    {
        var secrets = Secrets();
        return new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Database = Database, Username = ServerRole, Password = secrets.Server,
        }.ConnectionString;
    }

    private async Task<bool> WaitUntilReadyAsync(int port, ProcessIdentity postmaster, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = await ConnectAsync(port, cancellationToken);
                await EnsureDatabaseAsync(connection, cancellationToken);
                return true;
            }
            catch (NpgsqlException e) when (e is not PostgresException { SqlState: not (PostgresErrorCodes.CannotConnectNow or PostgresErrorCodes.AdminShutdown) })
            {
                // Not listening yet, or still recovering from a crash.
                if (!postmaster.IsAlive)
                {
                    return false;
                }

                if (time.GetElapsedTime(started) > StartPatience)
                {
                    throw new CliException($"The database is not ready after {StartPatience.TotalMinutes} minutes: {e.Message}",
                        $"Its log: {data.DatabaseLog}");
                }
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    private async Task<NpgsqlConnection> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Database = "postgres", Username = Superuser, Password = Secrets().Superuser, Pooling = false, Timeout = 5,
        }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task EnsureDatabaseAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // The password is hexadecimal and ours, so quoting it is safe; DDL takes no parameters.
        var role = $"CREATE ROLE {ServerRole} LOGIN PASSWORD '{Secrets().Server}'";
        foreach (var (exists, create) in new[]
        {
            ($"SELECT 1 FROM pg_roles WHERE rolname = '{ServerRole}'", role),
            ($"SELECT 1 FROM pg_database WHERE datname = '{Database}'", $"CREATE DATABASE {Database} OWNER {ServerRole}"),
        })
        {
            await using var check = new NpgsqlCommand(exists, connection);
            if (await check.ExecuteScalarAsync(cancellationToken) is null)
            {
                await using var command = new NpgsqlCommand(create, connection);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }
        }
    }

    private void WriteSettings(int port, int servers)
    {
        File.WriteAllText(data.DatabaseSettingsFile, PostgresSettings.Text(port, servers));
        File.SetUnixFileMode(
            data.DatabaseSettingsFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    /// <summary>
    /// PostgreSQL takes any living process with the number in postmaster.pid for its predecessor; after a crash or in
    /// a restarted container that may be anybody.
    /// </summary>
    private void RemoveStalePidFile()
    {
        if (RunningProcess(data) is null)
        {
            File.Delete(PidFile(data));
        }
    }

    private DatabaseSecrets Secrets() => DataFolder.ReadJson<DatabaseSecrets>(data.DatabaseSecretsFile)
        ?? throw new CliException($"{data.DatabaseSecretsFile} is missing or damaged.");

    private static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private static string PidFile(DataFolder data) => Path.Combine(data.DatabaseFolder, "postmaster.pid");

    private static int? ReadPort(DataFolder data) =>
        ReadPidFile(data) is { Length: > 3 } lines && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port) ? port : null;

    private static string[]? ReadPidFile(DataFolder data)
    {
        try
        {
            return File.ReadAllLines(PidFile(data)) is { Length: > 0 } lines ? lines : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool IsPostmaster(int id, DataFolder data)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{id}/cmdline").Split('\0');
            return Path.GetFileName(arguments[0]) is "postgres" or "postmaster" && arguments.Contains(data.DatabaseFolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
