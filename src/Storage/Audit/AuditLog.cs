using Npgsql;
using Splitstream.Grains.Interfaces.Audit;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Audit;

/// <summary>Reads the audit chains.</summary>
public sealed class AuditLog(NpgsqlDataSource database) : IAuditLog
{
    private const string Columns = "SELECT position, chain, seq, at, actor, action, detail, previous_hash, hash FROM audit";

    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(string chain, long afterSequence, int limit, CancellationToken cancellation) =>
        [.. (await database.QueryAsync(
            $"{Columns} WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3", Read, cancellation, chain, afterSequence, limit))
            .Select(row => row.Entry)];

    public async Task<IReadOnlyList<(long Position, AuditEntry Entry)>> ReadAllAsync(
        long afterPosition, int limit, CancellationToken cancellation) =>
        await database.QueryAsync($"{Columns} WHERE position > $1 ORDER BY position LIMIT $2", Read, cancellation, afterPosition, limit);

    private static (long Position, AuditEntry Entry) Read(NpgsqlDataReader row) => (
        row.GetInt64(0),
        new AuditEntry(
            row.GetString(1),
            row.GetInt64(2),
            row.GetFieldValue<DateTimeOffset>(3),
            row.GetString(4),
            row.GetString(5),
            row.GetString(6),
            Convert.ToHexStringLower(row.GetFieldValue<byte[]>(7)),
            Convert.ToHexStringLower(row.GetFieldValue<byte[]>(8))));
}
