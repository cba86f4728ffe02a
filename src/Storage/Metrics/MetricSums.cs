using System.Collections.Immutable;
using System.Data;
using Npgsql;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Storage.Metrics;

/// <summary>Reads the sums of an experiment, and computes them anew from raw rows.</summary>
/// <remarks>
/// Maturity has the granularity of an hour: the units first exposed within one hour mature together, when the window of the last of them
/// would be closed. Units whose window a pause or stop cut off never mature. Without a window, and in external experiments, all are mature.
/// Rows come in the order of the metrics asked for, then epoch, then variant; a variant without analysed units has no row. The late count
/// is of items that bear on analysed units: their exposures, and their events within the window of at least one metric, each once.
/// </remarks>
public sealed class MetricSums(NpgsqlDataSource database, Aggregator aggregator) : IMetricSums
{
    /// <inheritdoc/>
    public Task DrainAsync(CancellationToken cancellation) => aggregator.AggregateAsync(cancellation);

    /// <inheritdoc/>
    /// <remarks>Waits for changes of configuration and for rebuckets that are committed but not in the sums yet.</remarks>
    public Task<AnalysisInputs> ReadAsync(
        ExperimentState experiment, IReadOnlyList<MetricDefinition> metrics, DateTimeOffset cutoff, CancellationToken cancellation) =>
        GuardAsync(async () =>
        {
            while (true)
            {
                await using (var open = await database.OpenConnectionAsync(cancellation))
                {
                    var claimsAsOf = await GroupClaimCounts.MomentAsync(open, experiment, cancellation);
                    await using var transaction = await open.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
                    if (!await IsStaleAsync(open, experiment.Id, cancellation))
                    {
                        return await ReadSumsAsync(open, experiment, metrics, cutoff, claimsAsOf, cancellation);
                    }
                }

                await aggregator.AggregateAsync(cancellation);
            }
        });

    /// <inheritdoc/>
    /// <remarks>
    /// Batches, rebuckets, pauses and stops count when <paramref name="asOfAggregation"/> or an earlier one took them into account.
    /// Assigned units alone have no such number: they count by <paramref name="asOfTime"/>, so that a row whose commit crossed that
    /// moment may differ; do not verify them.
    /// </remarks>
    public Task<AnalysisInputs?> RecomputeAsync(
        ExperimentState experiment,
        IReadOnlyList<MetricDefinition> metrics,
        DateTimeOffset cutoff,
        long asOfAggregation,
        DateTimeOffset asOfTime,
        DateTimeOffset? claimsAsOf,
        CancellationToken cancellation) =>
        GuardAsync(async () =>
        {
            await using var open = await database.OpenConnectionAsync(cancellation);
            await ExecuteAsync(open, UnitValueSql.CreateTables, [], cancellation);
            await using var transaction = await open.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            if (await IsDroppedAsync(open, experiment, metrics, cancellation))
            {
                return null;
            }

            await ExecuteAsync(open, MetricSumsSql.TouchAll, [experiment.Id], cancellation);
            var isExternal = experiment.Definition.Assignment == AssignmentMode.External;
            for (var i = 0; i < metrics.Count; i++)
            {
                if (MetricRule.TryCreate(metrics[i], out var rule, out _))
                {
                    var attached = isExternal ? rule! with { Lookback = null } : rule!;
                    await ExecuteAsync(open, AttachSql.One, [experiment.Id, (long)i, .. AttachSql.Values(attached)], cancellation);
                }
            }

            await UnitValues.ComputeAsync(open, asOfAggregation, asOf: true, cancellation);
            var sums = await ReadMetricsAsync(
                open, MetricSumsSql.RecomputedMetrics, [cutoff.UtcDateTime, isExternal], metrics, cancellation);
            var details = new MetricDetails(open, false, experiment.Id, asOfAggregation, cutoff, isExternal);
            var inputs = new AnalysisInputs(
                asOfAggregation,
                await ReadUnitsAsync(open, MetricSumsSql.RecomputedUnits, [experiment.Id, asOfTime.UtcDateTime], cancellation),
                await details.AddAsync(sums, metrics, cancellation),
                await ReadExclusionsAsync(open, MetricSumsSql.RecomputedExclusions, [], cancellation),
                await ReadNumberAsync(open, MetricSumsSql.RecomputedLate, [], cancellation),
                await GroupClaimCounts.ReadAsync(open, experiment, claimsAsOf, cancellation));
            return await WithHealthAsync(inputs, new HealthSums(open, false, experiment.Id, asOfAggregation, cutoff, isExternal), experiment, metrics, cancellation);
        });

    private static async Task<T> GuardAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (NpgsqlException exception)
        {
            throw new StorageUnavailableException("The database did not answer for the sums.", exception);
        }
    }

    private static async Task<AnalysisInputs> ReadSumsAsync(
        NpgsqlConnection open,
        ExperimentState experiment,
        IReadOnlyList<MetricDefinition> metrics,
        DateTimeOffset cutoff,
        DateTimeOffset? claimsAsOf,
        CancellationToken cancellation)
    {
        var isExternal = experiment.Definition.Assignment == AssignmentMode.External;
        var keys = metrics.Select(metric => metric.Key).ToArray();
        var aggregation = await ReadNumberAsync(open, MetricSumsSql.LastAggregation, [], cancellation);
        var sums = await ReadMetricsAsync(
            open, MetricSumsSql.Metrics, [experiment.Id, keys, cutoff.UtcDateTime, isExternal], metrics, cancellation);
        var details = new MetricDetails(open, true, experiment.Id, aggregation, cutoff, isExternal);
        var inputs = new AnalysisInputs(
            aggregation,
            await ReadUnitsAsync(open, MetricSumsSql.Units, [experiment.Id], cancellation),
            await details.AddAsync(sums, metrics, cancellation),
            await ReadExclusionsAsync(open, MetricSumsSql.Exclusions, [experiment.Id], cancellation),
            await ReadNumberAsync(open, MetricSumsSql.Late, [experiment.Id], cancellation),
            await GroupClaimCounts.ReadAsync(open, experiment, claimsAsOf, cancellation));
        return await WithHealthAsync(inputs, new HealthSums(open, true, experiment.Id, aggregation, cutoff, isExternal), experiment, metrics, cancellation);
    }

    /// <summary>Nothing for a check of the sample ratio, which asks for no metrics.</summary>
    private static async Task<AnalysisInputs> WithHealthAsync(
        AnalysisInputs inputs, HealthSums sums, ExperimentState experiment, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        if (metrics.Count == 0)
        {
            return inputs;
        }

        var primary = experiment.Definition.PrimaryMetric;
        var runningSince = sums.IsKept && !sums.IsExternal && experiment.Status == ExperimentStatus.Running ? experiment.StartedAt : null;
        var health = await sums.ReadAsync(metrics, primary, experiment.Definition.Segments, runningSince, cancellation);
        return inputs with
        {
            Health = health with
            {
                Excluded = inputs.Exclusions.IsEmpty || metrics.FirstOrDefault(metric => metric.Key == primary) is not { } metric
                    ? []
                    : await ReadExcludedAsync(sums, experiment, metric, cancellation),
            },
        };
    }

    /// <summary>Comes last, because it takes the place of what a recompute has in its session tables.</summary>
    private static async Task<ImmutableArray<MetricSum>> ReadExcludedAsync(
        HealthSums sums, ExperimentState experiment, MetricDefinition primary, CancellationToken cancellation)
    {
        var plain = primary with { HasCovariate = false, Cap = primary.HasRelativeCap ? null : primary.Cap };
        if (plain.Type == MetricType.Quantile
            || !MetricRule.TryCreate(plain, out var rule, out _)
            || await IsDroppedAsync(sums.Open, experiment, [plain], cancellation)
            || !await sums.ValueExcludedAsync(rule!, cancellation))
        {
            return [];
        }

        var found = await ReadMetricsAsync(
            sums.Open, MetricSumsSql.RecomputedMetrics, [sums.Cutoff.UtcDateTime, sums.IsExternal], [plain], cancellation);
        var details = new MetricDetails(sums.Open, false, sums.ExperimentId, sums.Aggregation, sums.Cutoff, sums.IsExternal);
        return await details.AddAsync(found, [plain], cancellation);
    }

    private static async Task<bool> IsStaleAsync(NpgsqlConnection open, long experimentId, CancellationToken cancellation) =>
        await ConfigurationSync.IsBehindAsync(open, cancellation)
        || await ReadNumberAsync(open, MetricSumsSql.WaitingRequests, [experimentId], cancellation) > 0;

    /// <summary>Whether rows may be gone that the values, or the look-back of a covariate, are made of.</summary>
    private static async Task<bool> IsDroppedAsync(
        NpgsqlConnection open, ExperimentState experiment, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        var looksBack = metrics.Where(metric => metric.HasCovariate && experiment.Definition.Assignment != AssignmentMode.External);
        var first = experiment.CreatedAt.AddDays(-looksBack.Select(metric => metric.LookbackDays).DefaultIfEmpty(0).Max());
        return await ReadNumberAsync(open, MetricSumsSql.DroppedSince, [first.UtcDateTime], cancellation) > 0;
    }

    private static async Task<ImmutableArray<UnitCount>> ReadUnitsAsync(
        NpgsqlConnection open, string sql, object[] values, CancellationToken cancellation)
    {
        var counts = ImmutableArray.CreateBuilder<UnitCount>();
        await using var command = Command(open, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            counts.Add(new UnitCount(reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2), reader.GetInt64(3)));
        }

        return counts.ToImmutable();
    }

    private static async Task<ImmutableArray<MetricSum>> ReadMetricsAsync(
        NpgsqlConnection open, string sql, object[] values, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        var sums = ImmutableArray.CreateBuilder<MetricSum>();
        await using var command = Command(open, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            sums.Add(new MetricSum(
                metrics[(int)reader.GetInt64(0)].Key,
                Variant: reader.GetString(1),
                Epoch: reader.GetInt32(2),
                Units: reader.GetInt64(3),
                Missing: reader.GetInt64(4),
                Sum: reader.GetString(5),
                SumSquares: reader.GetString(6),
                new MaturedSum(reader.GetInt64(7), reader.GetInt64(8), reader.GetString(9), reader.GetString(10))));
        }

        return sums.ToImmutable();
    }

    private static async Task<ImmutableArray<ExclusionCount>> ReadExclusionsAsync(
        NpgsqlConnection open, string sql, object[] values, CancellationToken cancellation)
    {
        var counts = ImmutableArray.CreateBuilder<ExclusionCount>();
        await using var command = Command(open, sql, values);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            counts.Add(new ExclusionCount(reader.GetString(0), reader.GetString(1), reader.GetInt64(2)));
        }

        return counts.ToImmutable();
    }

    private static async Task<long> ReadNumberAsync(NpgsqlConnection open, string sql, object[] values, CancellationToken cancellation)
    {
        await using var command = Command(open, sql, values);
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection open, string sql, object[] values, CancellationToken cancellation)
    {
        await using var command = Command(open, sql, values);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static NpgsqlCommand Command(NpgsqlConnection open, string sql, object[] values)
    {
        var command = new NpgsqlCommand(sql, open);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
