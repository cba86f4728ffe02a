using Npgsql;
using NpgsqlTypes;

namespace Splitstream.Testing.Faults;

/// <summary>Connections of a PostgreSQL server, as its administrator sees them.</summary>
public static class Backends
{
    private const int PatienceMilliseconds = 5000;

    /// <summary>Cuts connections from the server's side, as an administrator or a failing server does.</summary>
    /// <param name="connection">Of a user that may do so; it is spared itself.</param>
    /// <param name="applicationName">Only connections that gave this name; null for all.</param>
    /// <param name="database">Only connections to this database; null for all.</param>
    /// <returns>How many were cut. They are gone when this returns.</returns>
    public static async Task<int> TerminateAsync(NpgsqlConnection connection, string? applicationName = null, string? database = null)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, $3)) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
              AND ($1::text IS NULL OR application_name = $1) AND ($2::text IS NULL OR datname = $2)
            """,
            connection);
        command.Parameters.Add(new() { Value = applicationName ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = database ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = (long)PatienceMilliseconds });
        return (int)(long)(await command.ExecuteScalarAsync())!;
    }
}
