using System.Buffers;
using System.Globalization;
using System.Text;
using Npgsql;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Metrics;

/// <summary>Units and their values by one COPY, which the database streams: nothing of it is held here but a buffer.</summary>
public sealed class UnitExport(NpgsqlDataSource database) : IUnitExport
{
    private const int BufferCharacters = 16_384;

    private const string Columns = "unitId,variant,epoch,firstExposure,excluded";

    /// <summary>$1: experiment.</summary>
    private const string Metrics =
        """
        SELECT m.metric_id, m.key, r.denominator_event IS NOT NULL
        FROM experiment_metrics em JOIN metrics m ON m.metric_id = em.metric_id JOIN metric_rules r ON r.metric_id = em.metric_id
        WHERE em.experiment_id = $1 ORDER BY m.key
        """;

    /// <inheritdoc/>
    public async Task<bool> WriteAsync(string experiment, Actor actor, DateTimeOffset now, Func<Stream> begin, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(begin);
        try
        {
            await using var open = await database.OpenConnectionAsync(cancellation);
            if (await LogAsync(open, experiment, actor, now, cancellation) is not { } id)
            {
                return false;
            }

            var metrics = await open.QueryAsync(
                Metrics, row => (Id: row.GetInt64(0), Key: row.GetString(1), IsRatio: row.GetBoolean(2)), cancellation, id);
            using var rows = await open.BeginTextExportAsync(
                Copy(id, metrics.SelectMany(metric => metric.IsRatio ? new[] { (metric.Id, "value"), (metric.Id, "denominator") } : [(metric.Id, "value")])),
                cancellation);
            await using var writer = new StreamWriter(begin(), new UTF8Encoding(false), leaveOpen: true);
            await writer.WriteAsync(Columns);
            foreach (var metric in metrics)
            {
                await writer.WriteAsync($",{Quoted(metric.Key)}{(metric.IsRatio ? "," + Quoted(metric.Key + ":denominator") : "")}");
            }

            await writer.WriteAsync('\n');
            await CopyAsync(rows, writer, cancellation);
            return true;
        }
        catch (NpgsqlException exception)
        {
            throw new StorageUnavailableException("The database did not answer for the units.", exception);
        }
    }

    /// <summary>The experiment's id when the export is in its audit; null when there is none.</summary>
    private static async Task<long?> LogAsync(
        NpgsqlConnection open, string experiment, Actor actor, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var transaction = await open.BeginTransactionAsync(cancellation);
        var ids = await open.QueryAsync("SELECT experiment_id FROM experiments WHERE key = $1", row => row.GetInt64(0), cancellation, experiment);
        if (ids.Count == 0)
        {
            return null;
        }

        await AuditWriter.AppendAsync(open, AuditWriter.ChainOf(experiment), now, actor, "units.exported", "{}", cancellation);
        await transaction.CommitAsync(cancellation);
        return ids[0];
    }

    /// <summary>
    /// COPY takes no parameters, and all that is put into it are numbers. Values are looked up by key, unit by unit, so that the database
    /// holds no table of them either.
    /// </summary>
    private static string Copy(long experiment, IEnumerable<(long Metric, string Column)> values)
    {
        var id = experiment.ToString(CultureInfo.InvariantCulture);
        var (found, none) = (new StringBuilder(), new StringBuilder());
        foreach (var (metric, column) in values)
        {
            // A unit without a row has 0, one whose row says null is missing.
            found.Append(CultureInfo.InvariantCulture, $"""
                , CASE WHEN u.excluded_reason IS NULL THEN (
                    SELECT CASE count(*) WHEN 0 THEN 0 ELSE trim_scale(max(v.{column})) END FROM unit_metrics v
                    WHERE v.experiment_id = u.experiment_id AND v.unit_id = u.unit_id AND v.metric_id = {metric}) END
                """);
            none.Append(", NULL::numeric");
        }

        return $"""
            COPY (
                SELECT u.unit_id, u.variant, u.epoch, to_char(u.first_exposure_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                       u.excluded_reason{found}
                FROM analysed_units u WHERE u.experiment_id = {id}
                UNION ALL
                SELECT x.unit_id, min(x.variant), NULL, NULL, string_agg(x.reason, ' ' ORDER BY x.reason){none}
                FROM unit_exclusions x
                WHERE x.experiment_id = {id} AND NOT EXISTS (
                    SELECT FROM analysed_units u WHERE u.experiment_id = x.experiment_id AND u.unit_id = x.unit_id)
                GROUP BY x.unit_id
            ) TO STDOUT (FORMAT CSV)
            """;
    }

    private static async Task CopyAsync(TextReader rows, StreamWriter writer, CancellationToken cancellation)
    {
        var buffer = ArrayPool<char>.Shared.Rent(BufferCharacters);
        try
        {
            int read;
            while ((read = await rows.ReadAsync(buffer, cancellation)) > 0)
            {
                await writer.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>Keys hold commas and never quotes.</summary>
    private static string Quoted(string key) => key.Contains(',', StringComparison.Ordinal) ? $"\"{key}\"" : key;
}
