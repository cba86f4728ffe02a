using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Api.Experiments;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Calibration;

/// <summary>Reads planned experiments. What does not bear on error rates is accepted and not looked at.</summary>
internal static class CalibrateInput
{
    private const int RunsMin = 1_000;
    private const int RunsMax = 1_000_000;
    private const int HistoryDaysDefault = 14;
    private const int HistoryDaysMax = 90;

    private static readonly FrozenSet<string> Fields = KnownFields.Of(ApiJsonContext.Default.CalibrateRequest);

    private static readonly FrozenSet<string> HistoryFields = KnownFields.Of(ApiJsonContext.Default.FromEventsRequest);

    internal static readonly ImmutableArray<Variant> Pair =
        [new Variant("control", 1, true, null), new Variant("treatment", 1, false, null)];

    public static PlannedExperiment? Read(JsonElement body, InputErrors errors)
    {
        if (JsonInput.Of(body, "", errors, Fields) is not { } input)
        {
            return null;
        }

        DecisionRule rule = DecisionRuleInput.Read(input, DecisionRule.Default);
        string key = input.Key("key") ?? "planned";
        string? primary = input.Key("primaryMetric");
        double window = input.Number("windowHours", value => value is >= 0 and <= MetricRules.WindowHoursMax, $"lie between 0 and {MetricRules.WindowHoursMax}") ?? 0;
        MetricDefinition? metric = primary is null ? OfBaseline(rule.Plan, window) : null;
        if (primary is not null && input.Has("windowHours"))
        {
            errors.Add(input.At("windowHours"), "windowHours describes a metric that is not in the catalogue; primaryMetric has its own.");
        }

        var definition = new ExperimentDefinition(
            key,
            key,
            "",
            "user",
            input.TryGet("variants", out _) ? VariantInput.Read(input) : Pair,
            input.Number("traffic", value => value is >= 0 and <= 1, "lie in [0, 1]") ?? 1,
            null,
            null,
            ImmutableSortedDictionary<string, string>.Empty,
            primary ?? metric?.Key,
            [],
            [.. input.Keys("guardrails", Limits.MetricsPerExperimentMax) ?? []],
            AssignmentMode.Server,
            rule);
        return new PlannedExperiment(
            definition,
            metric,
            (int?)input.Count("runs", RunsMin, RunsMax),
            (ulong?)input.Count("seed", 0, JsonInput.MaxCount),
            HistoryDays(input));
    }

    private static int? HistoryDays(JsonInput input)
    {
        if (input.Object("fromEvents", HistoryFields) is not { } history)
        {
            return null;
        }

        if (!input.TryGet("primaryMetric", out _))
        {
            input.Errors.Add(input.At("primaryMetric"), "primaryMetric is required with fromEvents: it says which events are outcomes.");
        }

        return (int?)history.Count("days", 1, HistoryDaysMax) ?? HistoryDaysDefault;
    }

    /// <summary>A metric of which only the plan is known: conversions where it states a rate, else means.</summary>
    private static MetricDefinition? OfBaseline(DecisionPlan? plan, double windowHours)
    {
        const string Key = "baseline";
        MetricType? type = plan switch
        {
            { BaselineRate: not null } => MetricType.Conversion,
            { BaselineMean: not null } => MetricType.Mean,
            _ => null,
        };
        return type is null
            ? null
            : new MetricDefinition(Key, Key, type.Value, Key, null, windowHours, MetricDirection.Increase, null, null, 0);
    }
}
