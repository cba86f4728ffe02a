using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace Splitstream.Silo.Cluster;

/// <summary>Orleans' tables: our own script, in a schema of its own.</summary>
internal static partial class ClusterSchema
{
    private const string Schema = "orleans";

    /// <summary>Any number, as long as nothing else in the database takes the same advisory lock.</summary>
    private const long LockKey = 0x5350_4C49_5406;

    /// <summary>
    /// How Orleans connects: directly, to its own schema, with times in UTC. It asks rarely, so few connections serve it, and those that
    /// nobody used for a while go back to the database.
    /// </summary>
    public static string ConnectionString(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString)
    {
        ApplicationName = "splitstream-cluster",
        SearchPath = Schema,
        Timezone = "UTC",
        MaxPoolSize = 10,
        ConnectionIdleLifetime = 10,
        ConnectionPruningInterval = 5,
    }.ConnectionString;

    /// <summary>Harmless when repeated; silos that start together wait for each other, and an older one changes nothing.</summary>
    public static async Task ApplyAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var script = typeof(ClusterSchema).Assembly.GetManifestResourceStream("orleans.sql")!;
        var sql = await new StreamReader(script).ReadToEndAsync(cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var take = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({LockKey})", connection))
        {
            await take.ExecuteNonQueryAsync(cancellation);
        }

        await using var read = new NpgsqlCommand($"SELECT obj_description(to_regnamespace('{Schema}'), 'pg_namespace')", connection);
        if (VersionIn(await read.ExecuteScalarAsync(cancellation) as string ?? "") <= VersionIn(sql))
        {
            await using var create = new NpgsqlCommand(sql, connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    private static int VersionIn(string text) =>
        VersionComment().Match(text) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("Orleans under Splitstream, version ([0-9]+)")]
    private static partial Regex VersionComment();
}
