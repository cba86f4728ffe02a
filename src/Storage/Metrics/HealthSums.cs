using System.Collections.Immutable;
using Npgsql;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Metrics;

/// <summary>Reads what the health report is made of. Values of units are read once per metric that needs it, never per unit.</summary>
/// <param name="IsKept">True for the kept state, false for a recompute's session tables.</param>
/// <param name="Aggregation">As of which raw rows count.</param>
/// <param name="IsExternal">Assigned elsewhere: all units are mature, and there are no covariates.</param>
internal sealed record HealthSums(
    NpgsqlConnection Open, bool IsKept, long ExperimentId, long Aggregation, DateTimeOffset Cutoff, bool IsExternal)
{
    /// <summary>Units whose raw rows are read.</summary>
    internal const int SampleUnits = 50_000;

    /// <summary>Days since first exposure that are told apart.</summary>
    internal const int SampleDays = 14;

    /// <summary>Values of an attribute that are told apart; the rest is one segment.</summary>
    private const int SegmentValues = 20;

    /// <summary>What sent the exposure, as if it were an attribute.</summary>
    private const string SdkAttribute = "sdk";

    /// <summary>Values of all units are read: more than a read of sums takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private HealthSql Sql => IsKept ? HealthSql.Kept : HealthSql.Recomputed;

    /// <param name="runningSince">The start of an experiment that is running; null for others.</param>
    /// <param name="primaryKey">Null without a primary metric.</param>
    public async Task<HealthInputs> ReadAsync(
        IReadOnlyList<MetricDefinition> metrics,
        string? primaryKey,
        ImmutableArray<string> segments,
        DateTimeOffset? runningSince,
        CancellationToken cancellation)
    {
        var primary = metrics.FirstOrDefault(metric => metric.Key == primaryKey);
        var (width, first) = (await QueryAsync(
            Sql.CohortDays,
            row => (row.IsDBNull(1) ? 1 : row.GetInt32(0), row.IsDBNull(1) ? DateTime.UnixEpoch : row.GetDateTime(1)),
            cancellation,
            ExperimentId)).Single();
        var cohorts = await QueryAsync(
            Sql.Cohorts,
            row => new CohortUnits(row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.GetInt32(2), row.GetInt64(3)),
            cancellation,
            ExperimentId, width, first);
        var late = await QueryAsync(Sql.Late, row => new LateCount(row.GetString(0), row.GetInt64(1)), cancellation, ExperimentId);
        return new HealthInputs(
            width,
            [.. cohorts],
            primary is null ? [] : await ReadPrimaryAsync(primary, metrics, width, first, cancellation),
            [],
            [.. late],
            await ReadLargestAsync(metrics, cancellation),
            primary is null ? [] : await ReadHistoriesAsync(primary, metrics, cancellation),
            runningSince is { } since ? await ReadActivityAsync(primary, since, cancellation) : null,
            await ReadSegmentsAsync(primary, metrics, segments, cancellation),
            primary is null ? null : await ReadSampleAsync(primary, metrics, cancellation));
    }

    /// <summary>What needs raw rows, of a sample. Null where the metric asks for nothing of it.</summary>
    private async Task<SampledHealth?> ReadSampleAsync(
        MetricDefinition primary, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        if (IsExternal || primary.Type is MetricType.Ratio or MetricType.Quantile || !MetricRule.TryCreate(primary, out var rule, out _))
        {
            return null;
        }

        var days = primary.Type == MetricType.Retention ? 0 : Math.Min(SampleDays, rule!.Window?.Days ?? SampleDays);
        var looksBack = primary is { HasCovariate: false, LookbackDays: > 0 };
        if (days < 2 && !looksBack)
        {
            return null;
        }

        await QueryAsync(HealthSql.CreateSample, _ => 0, cancellation);
        await QueryAsync(Sql.FillSample, _ => 0, cancellation, ExperimentId, SampleUnits, Cutoff.UtcDateTime, days);
        await QueryAsync("ANALYZE sampled_units", _ => 0, cancellation);
        var units = (await QueryAsync("SELECT count(*) FROM sampled_units", row => row.GetInt64(0), cancellation)).Single();
        return new SampledHealth(
            units,
            days < 2 ? null : await ReadDaysAsync(rule!, days, cancellation),
            looksBack ? await ReadSampledHistoriesAsync(primary, rule!, metrics, cancellation) : null);
    }

    private async Task<DaysSinceExposure?> ReadDaysAsync(MetricRule rule, int days, CancellationToken cancellation)
    {
        if (await SampleIsDroppedAsync(TimeSpan.Zero, cancellation))
        {
            return null;
        }

        await QueryAsync(HealthSql.FillDays, _ => 0, cancellation, Aggregation, rule.Type, rule.Event, rule.Path);
        await QueryAsync("ANALYZE sampled_days", _ => 0, cancellation);
        var sums = await QueryAsync(
            HealthSql.Days,
            row => new DaySum(row.GetInt32(0), row.GetString(1), row.GetInt32(2), row.GetInt64(3), row.GetString(4), row.GetString(5)),
            cancellation);
        var slopes = await QueryAsync(
            HealthSql.Slopes,
            row => new SlopeSum(row.GetString(0), row.GetInt32(1), row.GetInt64(2), row.GetString(3), row.GetString(4)),
            cancellation,
            days);
        return new DaysSinceExposure(days, [.. sums], [.. slopes]);
    }

    private async Task<ImmutableArray<HistorySum>?> ReadSampledHistoriesAsync(
        MetricDefinition primary, MetricRule rule, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        var lookback = TimeSpan.FromDays(primary.LookbackDays);
        await QueryAsync(HealthSql.EndLookback, _ => 0, cancellation, ExperimentId);
        if (await SampleIsDroppedAsync(lookback, cancellation))
        {
            return null;
        }

        await QueryAsync(HealthSql.MarkReturning, _ => 0, cancellation, Aggregation, lookback);
        return await ReadHistoriesAsync(Sql.SampledHistories, primary, rule, metrics, cancellation);
    }

    private async Task<bool> SampleIsDroppedAsync(TimeSpan before, CancellationToken cancellation) =>
        (await QueryAsync(HealthSql.SampleIsDropped, row => row.GetBoolean(0), cancellation, before)).Single();

    /// <summary>What sent the exposures is told apart wherever they say it; a recompute is given all that the look told apart.</summary>
    private async Task<ImmutableArray<SegmentSum>?> ReadSegmentsAsync(
        MetricDefinition? primary, IReadOnlyList<MetricDefinition> metrics, ImmutableArray<string> attributes, CancellationToken cancellation)
    {
        if (IsKept && !attributes.Contains(SdkAttribute)
            && (await QueryAsync(HealthSql.KnowsSdk, row => row.GetBoolean(0), cancellation, ExperimentId)).Single())
        {
            attributes = attributes.Add(SdkAttribute);
        }

        if (attributes.IsEmpty)
        {
            return null;
        }

        MetricRule? rule = null;
        var id = primary is { Type: not (MetricType.Ratio or MetricType.Quantile) } && MetricRule.TryCreate(primary, out rule, out _)
            ? await IdAsync(primary, metrics, cancellation)
            : -1;
        await QueryAsync(HealthSql.CreateFirstExposures, _ => 0, cancellation);
        await QueryAsync(HealthSql.FillFirstExposures, _ => 0, cancellation, Aggregation, ExperimentId);
        await QueryAsync("ANALYZE first_exposures", _ => 0, cancellation);
        var sums = ImmutableArray.CreateBuilder<SegmentSum>();
        foreach (var attribute in attributes)
        {
            sums.AddRange(await QueryAsync(
                Sql.Segments,
                row => new SegmentSum(
                    attribute, row.GetNullable<string>(0), row.GetBoolean(1), row.GetString(2), row.GetInt32(3), row.GetInt64(4), row.GetInt64(5),
                    row.GetString(6), row.GetString(7)),
                cancellation,
                ExperimentId, id, Cutoff.UtcDateTime, IsExternal, rule?.Window, attribute, SegmentValues));
        }

        return sums.ToImmutable();
    }

    /// <summary>
    /// Leaves in the session tables what the units that were taken out are worth to the metric, instead of anything else that was there.
    /// </summary>
    /// <returns>False when there are none.</returns>
    public async Task<bool> ValueExcludedAsync(MetricRule rule, CancellationToken cancellation)
    {
        await QueryAsync(UnitValueSql.CreateTables, _ => 0, cancellation);
        await QueryAsync(Sql.TouchExcluded, _ => 0, cancellation, ExperimentId);
        await QueryAsync(HealthSql.ClearUnits, _ => 0, cancellation);
        await QueryAsync(HealthSql.PlaceExcluded, _ => 0, cancellation, Aggregation);
        await QueryAsync(AttachSql.One, _ => 0, cancellation, [ExperimentId, 0L, .. AttachSql.Values(rule)]);
        await UnitValues.ComputeValuesAsync(Open, Aggregation, asOf: true, cancellation);
        return (await QueryAsync("SELECT EXISTS (SELECT FROM new_units)", row => row.GetBoolean(0), cancellation)).Single();
    }

    private async Task<ImmutableArray<CohortSum>> ReadPrimaryAsync(
        MetricDefinition primary, IReadOnlyList<MetricDefinition> metrics, int width, DateTime first, CancellationToken cancellation)
    {
        if (primary.Type is MetricType.Ratio or MetricType.Quantile || !MetricRule.TryCreate(primary, out var rule, out _))
        {
            return [];
        }

        return
        [
            .. await QueryAsync(
                Sql.Primary,
                row => new CohortSum(
                    row.GetFieldValue<DateTimeOffset>(0), row.GetString(1), row.GetInt32(2), row.GetInt64(3), row.GetString(4), row.GetString(5)),
                cancellation,
                ExperimentId, await IdAsync(primary, metrics, cancellation), width, first, Cutoff.UtcDateTime, IsExternal, rule!.Window),
        ];
    }

    private async Task<ImmutableArray<LargestValue>> ReadLargestAsync(IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        var largest = ImmutableArray.CreateBuilder<LargestValue>();
        foreach (var metric in metrics.Where(metric =>
            metric.Type is MetricType.Count or MetricType.Mean && !metric.HasRelativeCap && MetricRule.TryCreate(metric, out _, out _)))
        {
            largest.AddRange(await QueryAsync(
                Sql.Largest,
                row => new LargestValue(metric.Key, row.GetString(0), row.GetInt32(1), row.GetString(2)),
                cancellation,
                ExperimentId, await IdAsync(metric, metrics, cancellation)));
        }

        return largest.ToImmutable();
    }

    private async Task<ImmutableArray<HistorySum>> ReadHistoriesAsync(
        MetricDefinition primary, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation)
    {
        if (IsExternal || primary.Type == MetricType.Ratio || !MetricRule.TryCreate(primary, out var rule, out _) || rule!.Lookback is null)
        {
            return [];
        }

        return await ReadHistoriesAsync(Sql.Histories, primary, rule, metrics, cancellation);
    }

    private async Task<ImmutableArray<HistorySum>> ReadHistoriesAsync(
        string sql, MetricDefinition primary, MetricRule rule, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation) =>
    [
        .. await QueryAsync(
            sql,
            row => new HistorySum(
                row.GetBoolean(0), row.GetString(1), row.GetInt32(2), row.GetInt64(3), row.GetString(4), row.GetString(5)),
            cancellation,
            ExperimentId, await IdAsync(primary, metrics, cancellation), Cutoff.UtcDateTime, IsExternal, rule.Window),
    ];

    private async Task<RecentActivity> ReadActivityAsync(MetricDefinition? primary, DateTimeOffset runningSince, CancellationToken cancellation)
    {
        var since = Cutoff.AddHours(-RecentActivity.Hours) is var recent && recent > runningSince ? recent : runningSince;
        string[] names = primary is null ? [] : [primary.Event, primary.Denominator?.Event ?? primary.Event];
        var exposures = await QueryAsync(
            HealthSql.HasExposures, row => row.GetBoolean(0), cancellation, ExperimentId, since.UtcDateTime);
        var events = primary is null
            ? []
            : await QueryAsync(HealthSql.HasEvents, row => row.GetBoolean(0), cancellation, ExperimentId, since.UtcDateTime, names);
        return new RecentActivity(since, exposures.Single(), primary is null ? null : events.Single());
    }

    /// <summary>A recompute names metrics by their place.</summary>
    private async Task<long> IdAsync(MetricDefinition metric, IReadOnlyList<MetricDefinition> metrics, CancellationToken cancellation) => IsKept
        ? (await Open.QueryAsync("SELECT metric_id FROM metrics WHERE key = $1", row => row.GetInt64(0), cancellation, metric.Key)).Single()
        : metrics.ToList().IndexOf(metric);

    private Task<List<T>> QueryAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params object?[] values) =>
        Open.QueryAsync(Patience, sql, read, cancellation, values);
}
