using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>What the schema of compose files cannot say about this one, and the scripts beside it.</summary>
public sealed partial class ComposeTests
{
    [Fact]
    public async Task Everything_that_a_service_names_exists()
    {
        var file = await ReadAsync();
        var services = Names(file, "services");
        foreach (var service in file.GetProperty("services").EnumerateObject())
        {
            Assert.Subset(services, Keys(service.Value, "depends_on"));
            Assert.Subset(Names(file, "secrets"), Keys(service.Value, "secrets"));
            Assert.Subset(Names(file, "networks"), Keys(service.Value, "networks"));
            foreach (var volume in Keys(service.Value, "volumes").Select(volume => volume.Split(':')[0]))
            {
                if (volume.StartsWith("./", StringComparison.Ordinal)) Assert.True(Path.Exists(Sources.PathOf($"deploy/{volume[2..]}")), volume);
                else Assert.Contains(volume, Names(file, "volumes"));
            }

            Assert.True(
                service.Value.TryGetProperty("image", out var image) && image.GetString()!.Contains(':', StringComparison.Ordinal), service.Name);
            Assert.NotEmpty(service.Value.GetProperty("deploy").GetProperty("resources").GetProperty("limits").EnumerateObject());
        }

        var build = file.GetProperty("services").GetProperty("silo-1").GetProperty("build");
        Assert.True(File.Exists(Sources.PathOf($"deploy/{build.GetProperty("context").GetString()}/{build.GetProperty("dockerfile").GetString()}")));
    }

    [Fact]
    public async Task Only_the_front_can_be_reached_from_outside()
    {
        var file = await ReadAsync();
        var published = file.GetProperty("services").EnumerateObject().Where(service => service.Value.TryGetProperty("ports", out _)).ToList();
        Assert.Equal("front", Assert.Single(published).Name);
        Assert.All(["data", "servers"], network => Assert.True(file.GetProperty("networks").GetProperty(network).GetProperty("internal").GetBoolean()));
        var outside = file.GetProperty("services").EnumerateObject().Where(service => Keys(service.Value, "networks").Contains("outside"));
        Assert.Equal("front", Assert.Single(outside).Name);
        Assert.DoesNotContain("data", Keys(published[0].Value, "networks"));
    }

    [Fact]
    public async Task No_password_is_in_the_file_or_in_an_environment()
    {
        var file = await ReadAsync();
        foreach (var service in file.GetProperty("services").EnumerateObject())
        {
            if (!service.Value.TryGetProperty("environment", out var environment)) continue;
            foreach (var variable in environment.EnumerateObject())
            {
                Assert.DoesNotContain("Password=", variable.Value.ToString(), StringComparison.OrdinalIgnoreCase);
                Assert.True(
                    !variable.Name.Contains("PASSWORD", StringComparison.OrdinalIgnoreCase) || variable.Name.EndsWith("_FILE", StringComparison.Ordinal),
                    variable.Name);
            }
        }

        Assert.DoesNotMatch(Assigned(), Sources.Read("deploy/compose.env.example"));
    }

    [Fact]
    public async Task A_server_that_is_stopped_has_time_and_only_management_goes_through_the_pooler()
    {
        var file = await ReadAsync();
        foreach (var name in new[] { "silo-1", "silo-2" })
        {
            var silo = file.GetProperty("services").GetProperty(name);
            var settings = silo.GetProperty("environment");
            int Seconds(string setting) => int.Parse(settings.GetProperty(setting).GetString()!, System.Globalization.CultureInfo.InvariantCulture);
            var grace = silo.GetProperty("stop_grace_period").GetString()!;
            Assert.True(int.Parse(grace[..^1], System.Globalization.CultureInfo.InvariantCulture) > Seconds("Splitstream__DrainSeconds") + Seconds("Splitstream__ShutdownSeconds"));
            Assert.Equal(("postgres", 5432), Target(settings, "ConnectionString"));
            Assert.Equal(("postgres", 5432), Target(settings, "ListenConnectionString"));
            Assert.Equal(("pgbouncer", 6432), Target(settings, "ManagementConnectionString"));
            var front = file.GetProperty("services").GetProperty("front").GetProperty("networks").GetProperty("servers");
            // Where the other silo of an Orleans build finds it.
            Assert.Equal(name, settings.GetProperty("Splitstream__Cluster__AdvertisedAddress").GetString());
            Assert.Equal(front.GetProperty("ipv4_address").GetString(), settings.GetProperty("Splitstream__TrustedProxies").GetString());
        }
    }

    [Fact]
    public async Task Redis_loses_nothing_and_starts_only_when_asked_for()
    {
        var redis = (await ReadAsync()).GetProperty("services").GetProperty("redis");
        Assert.NotEmpty(redis.GetProperty("profiles").EnumerateArray());
        Assert.Superset(
            new HashSet<string> { "--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction" }, Keys(redis, "command"));
    }

    [Fact]
    public async Task Secrets_are_written_once_and_open_the_database_that_the_first_start_makes()
    {
        using var scratch = new Scratch();
        var folder = scratch.PathOf("secrets");
        var first = await Tool.RunAsync("bash", Sources.PathOf("deploy/compose/make-secrets"), folder);
        Assert.True(first.IsOk, first.ToString());
        var written = (await ReadAsync()).GetProperty("secrets").EnumerateObject()
            .Select(secret => Path.GetFileName(secret.Value.GetProperty("file").GetString()!)).Order(StringComparer.Ordinal);
        Assert.Equal(written, Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
        var password = await File.ReadAllTextAsync(Path.Combine(folder, "splitstream_password"));
        Assert.True(password.Length >= 32);
        Assert.NotEqual(password, await File.ReadAllTextAsync(Path.Combine(folder, "postgres_password")));
        Assert.Contains($"\"{password}\"", await File.ReadAllTextAsync(Path.Combine(folder, "pgbouncer_userlist")), StringComparison.Ordinal);

        var again = await Tool.RunAsync("bash", Sources.PathOf("deploy/compose/make-secrets"), folder);
        Assert.False(again.IsOk);
        Assert.Equal(password, await File.ReadAllTextAsync(Path.Combine(folder, "splitstream_password")));

        await using var postgres = new PostgresServer();
        var admin = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        var made = await Tool.RunAsync(["bash", Sources.PathOf("deploy/compose/init-database")], environment: new Dictionary<string, string>
        {
            ["PGHOST"] = "127.0.0.1",
            ["PGPORT"] = $"{postgres.Port}",
            ["POSTGRES_USER"] = admin.Username!,
            ["SPLITSTREAM_PASSWORD_FILE"] = Path.Combine(folder, "splitstream_password"),
            ["BACKUP_PASSWORD_FILE"] = Path.Combine(folder, "backup_password"),
        });
        Assert.True(made.IsOk, made.ToString());
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={postgres.Port};Database=splitstream;Username=splitstream;Password={password}");
        await connection.OpenAsync();
        await using var who = new NpgsqlCommand(
            """
            SELECT NOT rolsuper AND pg_get_userbyid(datdba) = 'splitstream' FROM pg_roles, pg_database
            WHERE rolname = 'splitstream' AND datname = 'splitstream'
            """,
            connection);
        Assert.Equal(true, await who.ExecuteScalarAsync());
        await (await RunningServer.StartAsync(connection.ConnectionString)).DisposeAsync();
        var service = (await ReadAsync()).GetProperty("services").GetProperty("backup");
        foreach (var script in (string[])["backup", "drill"]) await RunBackupAsync(service, script, postgres.Port, scratch);
        Assert.Single(Directory.GetDirectories(scratch.PathOf("backups")));
    }

    /// <summary>Runs what the service's container would, at this machine's paths.</summary>
    private static async Task RunBackupAsync(JsonElement service, string script, int port, Scratch scratch)
    {
        var settings = service.GetProperty("environment").EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.GetString()!);
        (settings["PGHOST"], settings["PGPORT"], settings["BACKUP_FOLDER"]) = ("127.0.0.1", $"{port}", scratch.PathOf("backups"));
        var volumes = Keys(service, "volumes").Select(volume => volume.Split(':')).ToDictionary(parts => parts[1], parts => parts[0]);
        Assert.Contains("/var/lib/splitstream-backup", volumes.Keys);
        var run = await Tool.RunAsync(
            [.. service.GetProperty("entrypoint").EnumerateArray().Select(part => part.GetString()!.Replace("$$", "$", StringComparison.Ordinal)
                .Replace("/run/secrets", scratch.PathOf("secrets"), StringComparison.Ordinal)
                .Replace("/opt/splitstream/backup", Sources.PathOf($"deploy/{volumes["/opt/splitstream/backup"][2..]}"), StringComparison.Ordinal)), script],
            environment: settings);
        Assert.True(run.IsOk, run.ToString());
    }

    private static async Task<JsonElement> ReadAsync() =>
        Assert.Single(await NodePrograms.ReadYamlAsync(Sources.PathOf("deploy/compose.yaml")));

    private static (string?, int) Target(JsonElement settings, string setting)
    {
        var parsed = new NpgsqlConnectionStringBuilder(settings.GetProperty($"Splitstream__{setting}").GetString());
        Assert.Equal("/run/secrets/pgpass", parsed.Passfile);
        return (parsed.Host, parsed.Port);
    }

    private static HashSet<string> Names(JsonElement file, string section) => Keys(file, section);

    /// <summary>The names in a list or a map; none where it is absent.</summary>
    private static HashSet<string> Keys(JsonElement item, string property) =>
        !item.TryGetProperty(property, out var found) ? []
        : found.ValueKind == JsonValueKind.Array ? [.. found.EnumerateArray().Select(entry => entry.GetString()!)]
        : [.. found.EnumerateObject().Select(entry => entry.Name)];

    [GeneratedRegex(@"^\w*(PASSWORD|SECRET|KEY)\w*=\S", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Assigned();
}
