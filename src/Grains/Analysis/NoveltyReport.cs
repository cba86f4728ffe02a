using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats;
using Splitstream.Stats.Distributions;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// The effect by cohort of first exposure and by day since it, and its trend: an effect of novelty fades, one of learning grows. Pure.
/// </summary>
internal static class NoveltyReport
{
    /// <summary>A line through two points says nothing.</summary>
    private const int MinimumCohorts = 3;

    private const long MinimumUnits = 2;

    public static NoveltyResult Compute(AnalysedExperiment experiment, MetricDefinition metric, HealthInputs health)
    {
        if (metric.Type is MetricType.Ratio or MetricType.Quantile)
        {
            return new NoveltyResult(metric.Key, health.CohortDays, "metric_type", [], []);
        }

        ImmutableArray<CohortEffects> cohorts =
        [
            .. health.Primary.GroupBy(sum => sum.From).OrderBy(cohort => cohort.Key)
                .Select(cohort => new CohortEffects(cohort.Key, PartEffects.Compute(experiment, metric, cohort))),
        ];
        return new NoveltyResult(
            metric.Key,
            health.CohortDays,
            null,
            [.. experiment.Variants.Where(variant => !variant.IsControl).Select(variant => Trend(variant.Key, cohorts))],
            cohorts,
            health.Sample is { Days: { } days, Units: var units } ? SinceExposure(experiment, metric, days, units) : null);
    }

    private static SinceExposureResult SinceExposure(
        AnalysedExperiment experiment, MetricDefinition metric, DaysSinceExposure days, long units) => new(
        units,
        [
            .. days.Sums.GroupBy(sum => sum.Day).OrderBy(day => day.Key)
                .Select(day => new DayEffects(day.Key, PartEffects.Compute(experiment, metric, day))),
        ],
        [.. PartEffects.Compute(experiment, metric, days.Slopes).Select(effect => PerDay(effect, days.Days))]);

    /// <summary>
    /// The least-squares slope of n days is the sum of (day - (n - 1) / 2) times the value over n (n^2 - 1) / 12; the sums have twice those
    /// weights. A p-value does not depend on the unit.
    /// </summary>
    private static EffectResult PerDay(EffectResult effect, int days)
    {
        var scale = 6 / (days * ((double)days * days - 1));
        return effect with
        {
            Effect = effect.Effect * scale,
            StandardError = effect.StandardError * scale,
            ConfidenceInterval = effect.ConfidenceInterval is { } interval
                ? new Interval(interval.Lower * scale, interval.Upper * scale)
                : null,
        };
    }

    /// <summary>
    /// Weighted least squares of the effect on the day: weights are 1 / (1/n_t + 1/n_c), which chance in the outcomes cannot move, and the
    /// error follows from that of each cohort.
    /// </summary>
    private static TrendResult Trend(string variant, ImmutableArray<CohortEffects> cohorts)
    {
        var points = cohorts
            .Select(cohort => (cohort.From, Effect: cohort.Comparisons.Single(comparison => comparison.Variant == variant)))
            .Where(point => point.Effect is { Effect: not null, ControlUnits: >= MinimumUnits, TreatmentUnits: >= MinimumUnits })
            .Select(point => (
                Day: (point.From - cohorts[0].From).TotalDays,
                Effect: point.Effect.Effect!.Value,
                Error: point.Effect.StandardError!.Value,
                Weight: 1 / (1.0 / point.Effect.ControlUnits + 1.0 / point.Effect.TreatmentUnits)))
            .ToArray();
        var nothing = new TrendResult(variant, null, null, null, points.Length);
        if (points.Length < MinimumCohorts)
        {
            return nothing;
        }

        var weights = points.Sum(point => point.Weight);
        var centre = points.Sum(point => point.Weight / weights * point.Day);
        var spread = points.Sum(point => point.Weight * (point.Day - centre) * (point.Day - centre));
        var slope = points.Sum(point => point.Weight * (point.Day - centre) / spread * point.Effect);
        var error = Math.Sqrt(points.Sum(point => Square(point.Weight * (point.Day - centre) / spread * point.Error)));
        return !double.IsFinite(slope) || !double.IsFinite(error) ? nothing
            : !(error > 0) ? nothing with { Slope = slope }
            : nothing with
            {
                Slope = slope,
                StandardError = error,
                PValue = Math.Min(1, 2 * NormalDistribution.Cdf(Math.Abs(slope / error), Tail.Upper)),
            };
    }

    private static double Square(double number) => number * number;
}
