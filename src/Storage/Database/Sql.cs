using Npgsql;

namespace Splitstream.Storage.Database;

/// <summary>Short forms of what every query does: positional parameters in, rows out.</summary>
public static class Sql
{
    /// <summary>Runs a statement and answers the number of rows it changed.</summary>
    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection, string sql, CancellationToken cancellation, params object?[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Runs a query and reads each row.</summary>
    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object?[] parameters) =>
        await connection.QueryAsync(null, sql, read, cancellation, parameters);

    /// <summary>As the other ones, with its own patience.</summary>
    /// <param name="patience">How long the statement may take; null as the connection says.</param>
    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlConnection connection,
        TimeSpan? patience,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object?[] parameters)
    {
        await using var command = Command(connection, sql, parameters);
        if (patience is { } time)
        {
            command.CommandTimeout = (int)Math.Ceiling(time.TotalSeconds);
        }

        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>As the other one, on a connection of its own.</summary>
    public static async Task<List<T>> QueryAsync<T>(
        this NpgsqlDataSource database,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params object?[] parameters)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QueryAsync(sql, read, cancellation, parameters);
    }

    /// <summary>The value of a column that may be null.</summary>
    public static T? GetNullable<T>(this NpgsqlDataReader row, int ordinal) =>
        row.IsDBNull(ordinal) ? default : row.GetFieldValue<T>(ordinal);

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, object?[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new() { Value = parameter ?? DBNull.Value });
        }

        return command;
    }
}
