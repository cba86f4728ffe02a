using Npgsql;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Nodes;

/// <summary>The servers that keep caches, as the database knows them. The statements run on a server's notification connection.</summary>
public static class NodeRegister
{
    /// <summary>Channel of all changes; every server listens.</summary>
    public const string Changes = "splitstream_changes";

    /// <summary>Channel of one server: its own beats, and what others acknowledge to it.</summary>
    public static string ChannelOf(string nodeId) => $"splitstream_node_{nodeId}";

    /// <summary>Makes changes wait for this server, from the next one to be committed.</summary>
    public static Task EnterAsync(NpgsqlConnection connection, string nodeId, CancellationToken cancellation) =>
        connection.ExecuteAsync("INSERT INTO nodes (node_id) VALUES ($1) ON CONFLICT DO NOTHING", cancellation, nodeId);

    /// <summary>Lets no change wait for this server any more; it must have stopped trusting its memory.</summary>
    public static Task LeaveAsync(NpgsqlConnection connection, string nodeId, CancellationToken cancellation) =>
        connection.ExecuteAsync("DELETE FROM nodes WHERE node_id = $1", cancellation, nodeId);

    /// <summary>Marks a beat and sends it to this server itself; false when the server is no longer registered and nothing was sent.</summary>
    public static async Task<bool> BeatAsync(NpgsqlConnection connection, string nodeId, string message, CancellationToken cancellation)
    {
        var sent = await connection.QueryAsync(
            """
            WITH known AS (UPDATE nodes SET seen_at = clock_timestamp() WHERE node_id = $1 RETURNING node_id)
            SELECT pg_notify($2, $3) IS NULL FROM known
            """,
            row => row.FieldCount,
            cancellation, nodeId, ChannelOf(nodeId), message);
        return sent.Count == 1;
    }

    /// <summary>How many servers are registered, and how many of them have not beaten for longer than <paramref name="silence"/>.</summary>
    public static async Task<(long Registered, long Silent)> CountAsync(
        NpgsqlConnection connection, TimeSpan silence, CancellationToken cancellation) =>
        (await connection.QueryAsync(
            "SELECT count(*), count(*) FILTER (WHERE seen_at < clock_timestamp() - $1) FROM nodes",
            row => (row.GetInt64(0), row.GetInt64(1)),
            cancellation, silence))[0];

    /// <summary>Says to the origin of a change that this server goes by it.</summary>
    public static Task AcknowledgeAsync(NpgsqlConnection connection, string nodeId, NodeMessage change, CancellationToken cancellation) =>
        connection.ExecuteAsync(
            "SELECT pg_notify($1, $2)",
            cancellation, ChannelOf(change.NodeId), NodeMessage.Acknowledgement(nodeId, change.Number));

    /// <summary>
    /// The servers that may remember what a committed transaction has changed, each with the mark of its last beat, by the database's clock.
    /// A server that entered later has read what the transaction left.
    /// </summary>
    /// <param name="transaction">As <see cref="AnnounceAsync"/> answered it.</param>
    public static async Task<Dictionary<string, DateTimeOffset>> ListAsync(
        NpgsqlDataSource database, string transaction, CancellationToken cancellation) =>
        (await database.QueryAsync(
            "SELECT node_id, seen_at FROM nodes WHERE NOT pg_visible_in_snapshot($1::xid8, entered_at)",
            row => (row.GetString(0), row.GetFieldValue<DateTimeOffset>(1)),
            cancellation, transaction))
        .ToDictionary();

    /// <summary>Tells every server that listens, when and only when the transaction commits; answers the transaction's name.</summary>
    public static async Task<string> AnnounceAsync(NpgsqlConnection connection, string message, CancellationToken cancellation) =>
        (await connection.QueryAsync(
            "SELECT pg_notify($1, $2) IS NULL, pg_current_xact_id()::text", row => row.GetString(1), cancellation, Changes, message))[0];

    /// <summary>Removes a server that still stands at an old mark. If it lives after all, its next beat fails and it enters anew.</summary>
    public static async Task RemoveSilentAsync(
        NpgsqlDataSource database, string nodeId, DateTimeOffset seenAt, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync("DELETE FROM nodes WHERE node_id = $1 AND seen_at = $2", cancellation, nodeId, seenAt);
    }
}
