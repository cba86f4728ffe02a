using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Assignment;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>The health report of a look. Pure; none of it decides.</summary>
internal static class HealthReport
{
    /// <summary>Below this a test of health is a warning, over all its rows together.</summary>
    private const double Alpha = 0.001;

    /// <summary>Power at which the planned effect counts as detectable.</summary>
    private const double Power = 0.8;

    private const int DaysOfTraffic = 7;

    private static readonly TimeSpan Settling = TimeSpan.FromHours(1);

    /// <param name="primary">The primary metric's matured part; null without one.</param>
    /// <returns>Null when the snapshot has no inputs for it.</returns>
    public static HealthResult? Compute(ResultsInput input, ExclusionResult exclusions, MaturedResult? primary)
    {
        if (input.Data.Health is not { } health)
        {
            return null;
        }

        var metric = input.Experiment.PrimaryMetric is { } key ? input.Metric(key) : null;
        var byDay = ByDay(input.Experiment, health);
        var novelty = metric is null ? null : NoveltyReport.Compute(input.Experiment, metric, health);
        var balance = Balance(input);
        var outliers = OutlierReport.Compute(input, health);
        var segments = SegmentReports.Compute(input.Experiment, metric, health);
        var activity = Activity(input.Look.Cutoff, health.Activity);
        string?[] warnings =
        [
            exclusions.Alarm ? "exclusions" : null,
            byDay.StartsAt is null ? null : "sample_ratio_by_day",
            segments?.Any(segment => segment.Values.Any(value => value.SampleRatioIsOff)) == true
                ? "sample_ratio_by_segment"
                : null,
            novelty?.Trends.Any(trend => trend.PValue < Alpha) == true ? "novelty" : null,
            balance.Any(entry => entry.IsNotable) ? "balance" : null,
            outliers.Any(outlier => outlier.IsOutlier) ? "outlier" : null,
            activity?.Alert,
        ];
        return new HealthResult(
            [.. warnings.OfType<string>()],
            Excluded(input, metric, health),
            byDay,
            novelty,
            metric is null ? [] : Histories(input.Experiment, metric, health),
            balance,
            outliers,
            Late(input, health),
            activity,
            Remaining(input, health, primary),
            segments);
    }

    private static ExclusionHealth Excluded(ResultsInput input, MetricDefinition? metric, HealthInputs health)
    {
        var (experiment, data) = (input.Experiment, input.Data);
        double Of(string variant, string? reason) => data.Exclusions
            .Where(exclusion => exclusion.Variant == variant && (reason is null || exclusion.Reason == reason)).Sum(exclusion => exclusion.Units);
        double[] all =
        [
            .. experiment.Variants.Select(variant =>
                Of(variant.Key, null) + data.Units.Where(unit => unit.Variant == variant.Key).Sum(unit => unit.Analysed)),
        ];
        ImmutableArray<ExclusionReason> reasons =
        [
            .. data.Exclusions.Select(exclusion => exclusion.Reason).Distinct().Order(StringComparer.Ordinal).Select(reason =>
            {
                double[] units = [.. experiment.Variants.Select(variant => Of(variant.Key, reason))];
                return new ExclusionReason(
                    reason,
                    SampleRatio.Numbers(experiment, units),
                    SampleRatio.Numbers(experiment, [.. units.Zip(all, (some, total) => total > 0 ? some / total : 0)]));
            }),
        ];
        var excluded = health.Excluded;
        if (metric is null || excluded.IsEmpty)
        {
            return new ExclusionHealth(reasons, 0, [], []);
        }

        var own = PartEffects.Plain(data.Sums.Where(sum => sum.Metric == metric.Key));
        return new ExclusionHealth(
            reasons,
            excluded.Sum(sum => sum.Units),
            PartEffects.Compute(experiment, metric, own, MetricPart.Matured),
            PartEffects.Compute(experiment, metric, own.AddRange(excluded), MetricPart.Matured));
    }

    private static SampleRatioByDay ByDay(AnalysedExperiment experiment, HealthInputs health)
    {
        ImmutableArray<SampleRatioDay> days =
        [
            .. health.Cohorts.GroupBy(cohort => cohort.From).OrderBy(day => day.Key).Select(day =>
            {
                var units = day.Select(cohort => new UnitCount(cohort.Variant, cohort.Epoch, 0, cohort.Analysed)).ToImmutableArray();
                var (report, _) = SampleRatio.Compute(experiment, units, unit => unit.Analysed, 0);
                return new SampleRatioDay(day.Key, report.Observed, report.PValue, report.EProcess.LogBayesFactor);
            }),
        ];
        return new SampleRatioByDay(health.CohortDays, days.FirstOrDefault(day => day.PValue < Alpha / days.Length)?.From, days);
    }

    /// <summary>Of all units where the kept sums tell them apart, else of the sample.</summary>
    private static ImmutableArray<HistoryEffects> Histories(AnalysedExperiment experiment, MetricDefinition metric, HealthInputs health) =>
        health.Sample is { Histories: { } histories, Units: var units }
            ? Histories(experiment, metric, histories, units)
            : Histories(experiment, metric, health.Histories, null);

    private static ImmutableArray<HistoryEffects> Histories(
        AnalysedExperiment experiment, MetricDefinition metric, ImmutableArray<HistorySum> histories, long? unitsRead) =>
    [
        .. histories.GroupBy(sum => sum.IsReturning).OrderBy(group => group.Key).Select(group => new HistoryEffects(
            group.Key,
            metric.LookbackDays,
            PartEffects.Compute(experiment, metric, group),
            unitsRead)),
    ];

    private static ImmutableArray<BalanceResult> Balance(ResultsInput input)
    {
        var experiment = input.Experiment;
        var control = experiment.Variants[experiment.ControlIndex()].Key;
        var results = ImmutableArray.CreateBuilder<BalanceResult>();
        foreach (var metric in input.Metrics.Where(metric => metric.HasCovariate && !experiment.IsExternal))
        {
            var sums = input.Data.Sums.Where(sum => sum.Metric == metric.Key && (sum.Capped?.Products ?? sum.Products) is not null).ToArray();
            foreach (var variant in experiment.Variants.Where(variant => !variant.IsControl && sums.Length > 0))
            {
                var epochs = sums.Select(sum => sum.Epoch).Distinct().Order()
                    .Select(epoch => new EpochSamples(Covariate(sums, control, epoch), Covariate(sums, variant.Key, epoch))).ToArray();
                results.Add(MeanDifferenceTest.Stratified(epochs).TryGet(out var test, out var why)
                    ? new BalanceResult(
                        metric.Key, variant.Key, control, test.ControlMean, test.TreatmentMean, test.CohensD, test.P,
                        Math.Abs(test.CohensD) > CovariateBalance.Notable || test.P < Alpha, null)
                    : new BalanceResult(metric.Key, variant.Key, control, null, null, null, null, false, why.Reason));
            }
        }

        return results.ToImmutable();
    }

    private static SampleSummary Covariate(MetricSum[] sums, string variant, int epoch) =>
        sums.FirstOrDefault(sum => sum.Variant == variant && sum.Epoch == epoch) is { } found
        && (found.Capped?.Products ?? found.Products) is { } products
        && ExactSums.Parse(found.Units, products.Covariates, products.CovariateSquares).Summarise().TryGet(out var summary, out _)
            ? summary
            : SampleSummary.Empty;

    private static ImmutableArray<LateResult> Late(ResultsInput input, HealthInputs health) =>
    [
        .. input.Experiment.Variants.Select(variant =>
        {
            var late = health.Late.Where(count => count.Variant == variant.Key).Sum(count => count.Late);
            var units = input.Data.Units.Where(unit => unit.Variant == variant.Key).Sum(unit => unit.Analysed);
            return new LateResult(variant.Key, late, units > 0 ? (double)late / units : null);
        }),
    ];

    private static ActivityResult? Activity(DateTimeOffset cutoff, RecentActivity? recent) => recent is null
        ? null
        : new ActivityResult(
            recent.Since,
            recent.HasExposures,
            recent.HasEvents,
            cutoff - recent.Since < Settling ? null : !recent.HasExposures ? "no_exposures" : recent.HasEvents == false ? "no_events" : null);

    /// <summary>The error falls with the root of the number of units, however these are divided and whatever a covariate explains.</summary>
    private static RemainingResult? Remaining(ResultsInput input, HealthInputs health, MaturedResult? primary)
    {
        if (input.Experiment.IsExternal || primary is null || input.Experiment.Rule.Plan?.Mde is not { } mde)
        {
            return null;
        }

        var perDay = UnitsPerDay(input, health);
        var units = (double)primary.Variants.Sum(variant => variant.Units);
        var error = primary.Comparisons.Select(comparison => comparison.StandardError).OfType<double>().DefaultIfEmpty(0).Max();
        var wanted = mde / (NormalDistribution.Quantile(input.Experiment.Rule.Alpha / 2, Stats.Tail.Upper) + NormalDistribution.Quantile(Power, Stats.Tail.Lower));
        var needed = Math.Ceiling(units * (error / wanted) * (error / wanted));
        if (!(error > 0) || !double.IsFinite(needed))
        {
            return new RemainingResult(mde, null, perDay, null, "no_error_yet");
        }

        var missing = Math.Max(0, needed - input.Data.Units.Sum(unit => unit.Analysed));
        return missing == 0 ? new RemainingResult(mde, needed, perDay, 0, null)
            : perDay is > 0 ? new RemainingResult(mde, needed, perDay, missing / perDay, null)
            : new RemainingResult(mde, needed, perDay, null, "no_traffic");
    }

    private static double? UnitsPerDay(ResultsInput input, HealthInputs health)
    {
        var (from, cutoff) = (input.Look.Cutoff.AddDays(-DaysOfTraffic), input.Look.Cutoff);
        var recent = health.Cohorts.Where(cohort => cohort.From >= from).ToArray();
        var begin = recent.Length == 0 ? from : recent.Min(cohort => cohort.From);
        if (input.Experiment.StartedAt is { } started && started > begin)
        {
            begin = started;
        }

        return (cutoff - begin).TotalDays is > 0 and var days ? recent.Sum(cohort => cohort.Analysed) / days : null;
    }
}
