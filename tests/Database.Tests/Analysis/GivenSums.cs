using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Database.Tests.Analysis;

/// <summary>Sums as the test states them, in place of those that are aggregated from events.</summary>
internal sealed class GivenSums : IMetricSums
{
    /// <summary>What a look reads.</summary>
    public AnalysisInputs Read { get; set; } = Of(30_000, 3_000, 3_000);

    /// <summary>What the raw rows give; null when they are no longer retained.</summary>
    public AnalysisInputs? Recomputed { get; set; }

    /// <summary>Runs after it was decided that a snapshot is due and before its inputs are read.</summary>
    public Func<Task> Draining { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs between the reading of inputs and the computation, where another server may be faster.</summary>
    public Func<Task> Meanwhile { get; set; } = () => Task.CompletedTask;

    /// <summary>Readings so far.</summary>
    public int Readings { get; private set; }

    public static AnalysisInputs Of(long units, long control, long treatment, long errors = 600) => new(
        1,
        [new UnitCount("control", 1, units, units), new UnitCount("treatment", 1, units, units)],
        [
            Sum("signup", "control", units, control), Sum("signup", "treatment", units, treatment),
            Sum("errors", "control", units, 600), Sum("errors", "treatment", units, errors),
        ],
        [],
        0);

    public Task DrainAsync(CancellationToken cancellation) => Draining();

    public async Task<AnalysisInputs> ReadAsync(
        ExperimentState experiment, IReadOnlyList<MetricDefinition> metrics, DateTimeOffset cutoff, CancellationToken cancellation)
    {
        Readings++;
        await Meanwhile();
        var keys = metrics.Select(metric => metric.Key).ToHashSet();
        return Read with { Sums = [.. Read.Sums.Where(sum => keys.Contains(sum.Metric))] };
    }

    public Task<AnalysisInputs?> RecomputeAsync(
        ExperimentState experiment,
        IReadOnlyList<MetricDefinition> metrics,
        DateTimeOffset cutoff,
        long asOfAggregation,
        DateTimeOffset asOfTime,
        DateTimeOffset? claimsAsOf,
        CancellationToken cancellation) =>
        Task.FromResult(Recomputed);

    private static MetricSum Sum(string metric, string variant, long units, long conversions)
    {
        var text = conversions.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new MetricSum(metric, variant, 1, units, 0, text, text, new MaturedSum(units, 0, text, text));
    }
}
