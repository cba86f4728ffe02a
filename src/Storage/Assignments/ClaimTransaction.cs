using Npgsql;
using NpgsqlTypes;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Assignments;

/// <summary>
/// One transaction of claims in one round trip: mutex claims first, then assignment rows, each sorted by key, because unsorted batches
/// deadlock. Both inserts check the experiment's version and status, so that a stale node is refused; the shared claims barrier keeps a
/// change of configuration from committing between the check and this commit.
/// </summary>
internal static class ClaimTransaction
{
    /// <summary>A database that takes longer for one batch is away, and the clients behind it are to be told.</summary>
    private const int TimeoutSeconds = 5;

    private const string InsertClaims =
        """
        INSERT INTO mutex_claims (group_id, unit_id, experiment_id, claimed_at)
        SELECT p.group_id, p.unit_id, p.experiment_id, clock_timestamp()
        FROM unnest($1, $2, $3, $4) AS p (group_id, unit_id, experiment_id, version)
        JOIN experiments e ON e.experiment_id = p.experiment_id AND e.version = p.version AND e.status = 'running'
        WHERE p.group_id IS NOT NULL
        ORDER BY p.group_id, p.unit_id COLLATE "C"
        ON CONFLICT (group_id, unit_id) DO NOTHING
        """;

    /// <summary>
    /// A statement of its own, so that it sees who won the claims: committed winners of other transactions as well as this one's. The
    /// sub-query is a scalar one, because the planner would turn a join into a scan of all claims once the table is large.
    /// </summary>
    private const string InsertRows =
        """
        INSERT INTO assignments (experiment_id, unit_id, variant, epoch, assigned_at)
        SELECT p.experiment_id, p.unit_id, p.variant, p.epoch, clock_timestamp()
        FROM unnest($1, $2, $3, $4, $5, $6) AS p (group_id, unit_id, experiment_id, version, variant, epoch)
        JOIN experiments e ON e.experiment_id = p.experiment_id AND e.version = p.version AND e.status = 'running'
        WHERE p.group_id IS NULL OR p.experiment_id = (
            SELECT c.experiment_id FROM mutex_claims c WHERE c.group_id = p.group_id AND c.unit_id = p.unit_id)
        ORDER BY p.experiment_id, p.unit_id COLLATE "C"
        ON CONFLICT (experiment_id, unit_id) DO NOTHING
        RETURNING experiment_id, unit_id, variant, epoch, assigned_at
        """;

    /// <summary>
    /// A later statement with a new snapshot: inside the insert it would see nothing of a concurrent winner. LIMIT keeps each look-up an
    /// index look-up.
    /// </summary>
    private const string ReadBack =
        """
        SELECT a.variant, a.epoch, a.assigned_at, c.experiment_id, a.ending
        FROM unnest($1, $2, $3) WITH ORDINALITY AS p (group_id, unit_id, experiment_id, ord)
        LEFT JOIN LATERAL (
            SELECT * FROM assignments WHERE experiment_id = p.experiment_id AND unit_id = p.unit_id LIMIT 1) a ON true
        LEFT JOIN LATERAL (
            SELECT * FROM mutex_claims WHERE group_id = p.group_id AND unit_id = p.unit_id LIMIT 1) c ON true
        ORDER BY p.ord
        """;

    /// <summary>Commits what can be committed and answers for every proposal, in their order.</summary>
    public static async Task<ClaimAnswer[]> RunAsync(NpgsqlConnection connection, ClaimProposal[] proposals)
    {
        var written = await InsertAsync(connection, proposals);
        var answers = new ClaimAnswer[proposals.Length];
        var unanswered = new List<int>();
        for (var i = 0; i < proposals.Length; i++)
        {
            var proposal = proposals[i];

            // Of several proposals for one unit any may have been written: they may come from different versions of the experiment. Removing
            // makes the others read back, as those in another batch would.
            if (written.Remove((proposal.ExperimentId, proposal.UnitId), out var row))
            {
                var holder = proposal.GroupId is null ? (long?)null : proposal.ExperimentId;
                answers[i] = new ClaimAnswer(ClaimStatus.Assigned, row.Variant, row.Epoch, row.At, true, holder);
            }
            else
            {
                unanswered.Add(i);
            }
        }

        if (unanswered.Count > 0)
        {
            var found = await ReadBackAsync(connection, [.. unanswered.Select(i => proposals[i])]);
            for (var i = 0; i < unanswered.Count; i++)
            {
                answers[unanswered[i]] = found[i];
            }
        }

        return answers;
    }

    private static async Task<Dictionary<(long, string), (string Variant, int Epoch, DateTimeOffset At)>> InsertAsync(
        NpgsqlConnection connection, ClaimProposal[] proposals)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = TimeoutSeconds };
        var barrier = new NpgsqlBatchCommand("SELECT pg_advisory_xact_lock_shared($1)");
        barrier.Parameters.Add(new() { Value = AdvisoryLocks.Claims });
        batch.BatchCommands.Add(barrier);
        if (proposals.Any(proposal => proposal.GroupId is not null))
        {
            var claims = new NpgsqlBatchCommand(InsertClaims);
            AddKeys(claims.Parameters, proposals);
            AddVersions(claims.Parameters, proposals);
            batch.BatchCommands.Add(claims);
        }

        var rows = new NpgsqlBatchCommand(InsertRows);
        AddKeys(rows.Parameters, proposals);
        AddVersions(rows.Parameters, proposals);
        rows.Parameters.Add(Array(NpgsqlDbType.Text, proposals, proposal => proposal.Variant));
        rows.Parameters.Add(Array(NpgsqlDbType.Integer, proposals, proposal => proposal.Epoch));
        batch.BatchCommands.Add(rows);

        var written = new Dictionary<(long, string), (string, int, DateTimeOffset)>(proposals.Length);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            written.Add(
                (reader.GetInt64(0), reader.GetString(1)),
                (reader.GetString(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4)));
        }

        return written;
    }

    private static async Task<List<ClaimAnswer>> ReadBackAsync(NpgsqlConnection connection, ClaimProposal[] proposals)
    {
        await using var command = new NpgsqlCommand(ReadBack, connection) { CommandTimeout = TimeoutSeconds };
        AddKeys(command.Parameters, proposals);
        var answers = new List<ClaimAnswer>(proposals.Length);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            answers.Add(Answer(proposals[answers.Count], reader));
        }

        return answers;
    }

    private static ClaimAnswer Answer(ClaimProposal proposal, NpgsqlDataReader row)
    {
        var holder = row.GetNullable<long?>(3);
        if (!row.IsDBNull(0))
        {
            return new ClaimAnswer(
                ClaimStatus.Assigned,
                row.GetString(0),
                row.GetInt32(1),
                row.GetFieldValue<DateTimeOffset>(2),
                IsNew: false,
                holder,
                IsEnding: row.GetBoolean(4));
        }

        var status = holder is not null && holder != proposal.ExperimentId ? ClaimStatus.HeldByAnother : ClaimStatus.Stale;
        return new ClaimAnswer(status, null, 0, null, false, holder);
    }

    private static void AddKeys(NpgsqlParameterCollection parameters, ClaimProposal[] proposals)
    {
        parameters.Add(Array(NpgsqlDbType.Bigint, proposals, proposal => proposal.GroupId));
        parameters.Add(Array(NpgsqlDbType.Text, proposals, proposal => proposal.UnitId));
        parameters.Add(Array(NpgsqlDbType.Bigint, proposals, proposal => proposal.ExperimentId));
    }

    private static void AddVersions(NpgsqlParameterCollection parameters, ClaimProposal[] proposals) =>
        parameters.Add(Array(NpgsqlDbType.Bigint, proposals, proposal => proposal.Version));

    private static NpgsqlParameter<T[]> Array<T>(NpgsqlDbType element, ClaimProposal[] proposals, Func<ClaimProposal, T> field) =>
        new() { TypedValue = System.Array.ConvertAll(proposals, proposal => field(proposal)), NpgsqlDbType = NpgsqlDbType.Array | element };
}
