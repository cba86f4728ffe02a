using System.Collections.Concurrent;
using System.Collections.Immutable;
using Npgsql;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Events;

/// <summary>Joins exposures to experiments and assignment rows in their own transaction, and writes the rows that exposures make.</summary>
internal sealed class ExposureRouter
{
    private readonly ConcurrentDictionary<string, ExposedExperiment> _cache = new(StringComparer.Ordinal);

    /// <summary>Sets the verdict of every item.</summary>
    public async Task RouteAsync(NpgsqlConnection open, List<IngestItem> items)
    {
        var experiments = await ReadExperimentsAsync(open, [.. items.Select(item => item.Exposure!.Experiment).Distinct()]);
        var pairs = new HashSet<(long, string)>();
        foreach (var item in items)
        {
            if (experiments.TryGetValue(item.Exposure!.Experiment, out var experiment))
            {
                pairs.Add((experiment.Id, item.Exposure.UnitId));
            }
        }

        var rows = await ReadRowsAsync(open, [.. pairs]);
        var proposals = new Dictionary<(long, string), IngestItem>();
        foreach (var item in items)
        {
            var exposure = item.Exposure!;
            var experiment = experiments.GetValueOrDefault(exposure.Experiment);
            if (ExposureRule.Assigns(experiment, exposure.UnitId, exposure.Variant, item.OccurredAt)
                && !rows.ContainsKey((experiment!.Id, exposure.UnitId)))
            {
                proposals.TryAdd((experiment.Id, exposure.UnitId), item);
            }
        }

        if (proposals.Count > 0)
        {
            await InsertRowsAsync(open, proposals, experiments);
            foreach (var (pair, row) in await ReadRowsAsync(open, [.. proposals.Keys]))
            {
                rows[pair] = row;
            }
        }

        foreach (var item in items)
        {
            var exposure = item.Exposure!;
            var experiment = experiments.GetValueOrDefault(exposure.Experiment);
            AssignedRow? row = experiment is not null && rows.TryGetValue((experiment.Id, exposure.UnitId), out var found) ? found : null;
            var verdict = ExposureRule.Judge(experiment, exposure.UnitId, exposure.Variant, item.OccurredAt, row);
            if (exposure.IsBot && (verdict.Reason is null or ExposureRule.VariantMismatch))
            {
                verdict = verdict with { Reason = ExposureRule.Bot };
            }

            // A row that was proposed and is gone again was rebucketed at this moment.
            item.Verdict = verdict is { Reason: null, Row: null } ? verdict with { Reason = ExposureRule.NotAssigned } : verdict;
        }
    }

    private async Task<Dictionary<string, ExposedExperiment>> ReadExperimentsAsync(NpgsqlConnection open, string[] keys)
    {
        var found = new Dictionary<string, ExposedExperiment>(StringComparer.Ordinal);
        var changed = new List<long>();
        await using (var command = new NpgsqlCommand("SELECT experiment_id, key, version FROM experiments WHERE key = ANY($1)", open))
        {
            command.Parameters.Add(new() { Value = keys });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                if (_cache.TryGetValue(reader.GetString(1), out var known)
                    && (known.Id, known.Version) == (reader.GetInt64(0), reader.GetInt64(2)))
                {
                    found[reader.GetString(1)] = known;
                }
                else
                {
                    changed.Add(reader.GetInt64(0));
                }
            }
        }

        if (changed.Count > 0)
        {
            await LoadAsync(open, [.. changed], found);
        }

        return found;
    }

    private async Task LoadAsync(NpgsqlConnection open, long[] ids, Dictionary<string, ExposedExperiment> found)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT e.experiment_id, e.version, e.key, e.definition::text, p.epoch, p.opened_at, p.closed_at, p.interrupted
            FROM experiments e LEFT JOIN experiment_epochs p USING (experiment_id)
            WHERE e.experiment_id = ANY($1) ORDER BY e.experiment_id, p.epoch
            """,
            open);
        command.Parameters.Add(new() { Value = ids });
        var loaded = new Dictionary<string, ExposedExperiment>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var key = reader.GetString(2);
            if (!loaded.TryGetValue(key, out var experiment))
            {
                experiment = new ExposedExperiment(
                    reader.GetInt64(0),
                    reader.GetInt64(1),
                    ConfigurationJson.Read<ExperimentDefinition>(reader.GetString(3)),
                    []);
            }

            loaded[key] = reader.IsDBNull(4)
                ? experiment
                : experiment with
                {
                    Epochs = experiment.Epochs.Add(new ExposedEpoch(
                        reader.GetInt32(4),
                        reader.GetDateTime(5),
                        reader.IsDBNull(6) ? null : reader.GetDateTime(6),
                        reader.GetBoolean(7))),
                };
        }

        foreach (var (key, experiment) in loaded)
        {
            found[key] = _cache[key] = experiment;
        }
    }

    private static async Task<Dictionary<(long, string), AssignedRow>> ReadRowsAsync(NpgsqlConnection open, (long Experiment, string Unit)[] pairs)
    {
        var rows = new Dictionary<(long, string), AssignedRow>();
        await using var command = new NpgsqlCommand(
            """
            SELECT a.experiment_id, a.unit_id, a.variant, a.epoch
            FROM unnest($1::bigint[], $2::text[]) AS w (experiment_id, unit_id)
            JOIN assignments a ON a.experiment_id = w.experiment_id AND a.unit_id = w.unit_id
            """,
            open);
        command.Parameters.Add(new() { Value = Array.ConvertAll(pairs, pair => pair.Experiment) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(pairs, pair => pair.Unit) });
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows[(reader.GetInt64(0), reader.GetString(1))] = new AssignedRow(reader.GetString(2), reader.GetInt32(3));
        }

        return rows;
    }

    private static async Task InsertRowsAsync(
        NpgsqlConnection open, Dictionary<(long Experiment, string Unit), IngestItem> proposals, Dictionary<string, ExposedExperiment> experiments)
    {
        var pairs = proposals.ToArray();
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO assignments (experiment_id, unit_id, variant, epoch, assigned_at)
            SELECT w.* FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
                AS w (experiment_id, unit_id, variant, epoch, assigned_at)
            ORDER BY w.experiment_id, w.unit_id COLLATE "C"
            ON CONFLICT DO NOTHING
            """,
            open);
        command.Parameters.Add(new() { Value = Array.ConvertAll(pairs, pair => pair.Key.Experiment) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(pairs, pair => pair.Key.Unit) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(pairs, pair => pair.Value.Exposure!.Variant) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(pairs, pair => experiments[pair.Value.Exposure!.Experiment].Epochs[^1].Number) });
        command.Parameters.Add(new() { Value = Array.ConvertAll(pairs, pair => pair.Value.Owner.Batch.ReceivedAt.UtcDateTime) });
        await command.ExecuteNonQueryAsync();
    }
}
