using System.Reflection;
using Npgsql;

namespace Splitstream.Storage.Database;

/// <summary>
/// Brings a database to the schema of this program: numbered SQL files, forward only, each in a transaction of its own, under a lock so that
/// servers that start together do not meet. A database that is newer than the program is refused.
/// </summary>
public static class Migrator
{
    /// <summary>Any number, as long as nothing else in the database takes the same advisory lock.</summary>
    private const long LockKey = 0x5350_4C49_5401;

    private const string Prefix = "Splitstream.Storage.Migrations.";

    /// <summary>Applies what is missing; harmless when nothing is.</summary>
    /// <returns>The names of the files that were applied now.</returns>
    /// <exception cref="InvalidOperationException">The database holds a migration that this program does not know.</exception>
    public static async Task<IReadOnlyList<string>> ApplyAsync(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({LockKey})", cancellation);
        try
        {
            await ExecuteAsync(
                connection,
                "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
                cancellation);
            var applied = await ReadAppliedAsync(connection, cancellation);
            var known = Known();
            if (applied.Except(known).Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            {
                throw new InvalidOperationException(
                    $"The database has migration {unknown}, which this program does not know: it belongs to a newer version. "
                    + "Start that version, or restore a backup taken before the upgrade.");
            }

            var missing = known.Where(name => !applied.Contains(name)).ToList();
            foreach (var name in missing)
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellation);
                await ExecuteAsync(connection, Read(name), cancellation);
                await using var record = new NpgsqlCommand("INSERT INTO schema_migrations (name) VALUES ($1)", connection);
                record.Parameters.Add(new() { Value = name });
                await record.ExecuteNonQueryAsync(cancellation);
                await transaction.CommitAsync(cancellation);
            }

            return missing;
        }
        finally
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None);
        }
    }

    /// <summary>The names of the embedded migrations, in the order in which they apply.</summary>
    public static IReadOnlyList<string> Known() =>
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..])
            .Order(StringComparer.Ordinal)];

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static async Task<HashSet<string>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("SELECT name FROM schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
