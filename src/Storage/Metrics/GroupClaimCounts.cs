using Npgsql;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Metrics;

/// <summary>Counts the claims of an experiment's mutex group, as of a moment that gives the same counts for ever.</summary>
internal static class GroupClaimCounts
{
    /// <summary>
    /// $1: experiment, $2: its first start, $3: time as of which claims count. Claims of one unit never overlap, so that live ones are as
    /// many units; to these come the units that held one in the past only.
    /// </summary>
    private const string Counts =
        """
        WITH known AS (SELECT group_id FROM experiments WHERE experiment_id = $1),
        claims AS NOT MATERIALIZED (
            SELECT experiment_id, claimed_at, 'infinity'::timestamptz AS released_at FROM mutex_claims WHERE group_id = (SELECT group_id FROM known)
            UNION ALL
            SELECT experiment_id, claimed_at, released_at FROM mutex_claim_history WHERE group_id = (SELECT group_id FROM known)),
        counted AS (
            SELECT count(*) FILTER (WHERE experiment_id = $1 AND claimed_at <= $3 AND released_at > $3) AS own,
                   count(*) FILTER (WHERE experiment_id <> $1 AND claimed_at <= $3 AND released_at > $3) AS others,
                   count(*) FILTER (WHERE experiment_id <> $1 AND claimed_at <= $2 AND released_at > $2) AS at_start
            FROM claims),
        past AS (
            SELECT count(DISTINCT unit_id) AS units FROM mutex_claim_history h
            WHERE group_id = (SELECT group_id FROM known) AND released_at <= $3
              AND NOT EXISTS (SELECT FROM mutex_claims c
                              WHERE c.group_id = h.group_id AND c.unit_id = h.unit_id AND c.claimed_at <= $3)
              AND NOT EXISTS (SELECT FROM mutex_claim_history c
                              WHERE c.group_id = h.group_id AND c.unit_id = h.unit_id AND c.claimed_at <= $3 AND c.released_at > $3))
        SELECT own + others + units, at_start, others, own FROM counted, past
        """;

    /// <summary>
    /// A moment at which no claim was under way, so that whatever is claimed up to it is committed before the next snapshot is taken; null
    /// for an experiment without a group. Claims wait meanwhile as they do for any change of configuration.
    /// </summary>
    public static async Task<DateTimeOffset?> MomentAsync(NpgsqlConnection open, ExperimentState experiment, CancellationToken cancellation)
    {
        if (experiment.Definition.MutexGroup is null)
        {
            return null;
        }

        await using var transaction = await open.BeginTransactionAsync(cancellation);
        await AdvisoryLocks.EnterAsync(open, AdvisoryLocks.Claims, cancellation);
        var moment = await open.QueryAsync("SELECT clock_timestamp()", row => row.GetFieldValue<DateTimeOffset>(0), cancellation);
        await transaction.CommitAsync(cancellation);
        return moment[0];
    }

    /// <summary>The counts; null without a group, and where <paramref name="asOf"/> is null.</summary>
    public static async Task<GroupClaims?> ReadAsync(
        NpgsqlConnection open, ExperimentState experiment, DateTimeOffset? asOf, CancellationToken cancellation)
    {
        if (experiment.Definition.MutexGroup is not { } group || experiment.StartedAt is not { } start || asOf is not { } moment)
        {
            return null;
        }

        var counts = await open.QueryAsync(
            Counts,
            row => new GroupClaims(group, moment, row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)),
            cancellation,
            experiment.Id, start, moment);
        return counts[0];
    }
}
