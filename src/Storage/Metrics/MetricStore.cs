using Npgsql;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Audit;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Metrics;

/// <summary>The catalogue of metrics in the database.</summary>
public sealed class MetricStore(NpgsqlDataSource database, ConfigurationChange configuration, TimeProvider time) : IMetricStore
{
    private const string Columns = "SELECT definition::text FROM metrics";

    public async Task<Outcome<MetricDefinition>> CreateAsync(MetricDefinition metric, Actor actor, CancellationToken cancellation)
    {
        var now = time.GetMicros();
        var created = await configuration.ApplyAsync<MetricDefinition>(
            async connection =>
            {
                var definition = ConfigurationJson.Write(metric);
                var inserted = await connection.ExecuteAsync(
                    "INSERT INTO metrics (key, definition, created_at) VALUES ($1, $2::jsonb, $3) ON CONFLICT (key) DO NOTHING",
                    cancellation, metric.Key, definition, now);
                if (inserted == 0)
                {
                    return null;
                }

                var detail = ConfigurationJson.WriteForReaders(metric);
                await AuditWriter.AppendAsync(connection, AuditWriter.GlobalChain, now, actor, "metric.created", detail, cancellation);
                return metric;
            },
            cancellation);
        return created is null
            ? new Problem(ErrorCode.MetricAlreadyExists, $"A metric with key '{metric.Key}' exists; metrics are never changed or reused.")
            : created;
    }

    public async Task<MetricDefinition?> FindAsync(string key, CancellationToken cancellation) =>
        (await database.QueryAsync($"{Columns} WHERE key = $1", Read, cancellation, key)).SingleOrDefault();

    public async Task<IReadOnlyList<MetricDefinition>> ListAsync(int limit, string? afterKey, CancellationToken cancellation) =>
        await database.QueryAsync($"{Columns} WHERE key > $1 ORDER BY key LIMIT $2", Read, cancellation, afterKey ?? "", limit);

    /// <summary>All metrics, on a connection that sees one snapshot.</summary>
    public static Task<List<MetricDefinition>> LoadAllAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.QueryAsync($"{Columns} ORDER BY key", Read, cancellation);

    private static MetricDefinition Read(NpgsqlDataReader row) => ConfigurationJson.Read<MetricDefinition>(row.GetString(0));
}
