using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Splitstream.Api.Experiments;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Calibration;

/// <summary>Reads what power is asked for.</summary>
internal static class PowerInput
{
    private const double DefaultPower = 0.8;
    private const double DaysMax = 3_650;
    private const double UnitsPerDayMax = 1e9;

    private static readonly FrozenSet<string> Fields = KnownFields.Of(ApiJsonContext.Default.PowerRequest);
    private static readonly FrozenSet<string> BaselineFields = KnownFields.Of(ApiJsonContext.Default.BaselineRequest);

    public static PlannedPower? Read(JsonElement body, InputErrors errors)
    {
        if (JsonInput.Of(body, "", errors, Fields) is not { } input)
        {
            return null;
        }

        DecisionRule rule = DecisionRuleInput.Read(input, DecisionRule.Default);
        rule = rule with { Alpha = input.Number("alpha", value => value is > 0 and < 0.5, "lie strictly between 0 and 0.5") ?? rule.Alpha };
        double power = input.Number("power", value => value > rule.Alpha / 2 && value < 1, "lie strictly between alpha / 2 and 1") ?? DefaultPower;
        (double? rate, double? mean, double? variance) = Baseline(input);
        double? mde = input.Number(
            "mde",
            value => value > 0 && !(rate + value >= 1),
            rate is null ? "be positive" : string.Create(CultureInfo.InvariantCulture, $"be positive, and below 1 together with the rate of {rate}"));
        double? traffic = input.Number("unitsPerDay", value => value is > 0 and <= UnitsPerDayMax, "be positive and at most a billion");
        double? days = input.Number("days", value => value is > 0 and <= DaysMax, $"be positive and at most {DaysMax}");
        double window = input.Number("windowHours", value => value is >= 0 and <= MetricRules.WindowHoursMax, $"lie between 0 and {MetricRules.WindowHoursMax}") ?? 0;
        CheckQuestion(input, errors);
        return new PlannedPower(Variants(input), rule, rate, mean, variance, window, power, mde, days, traffic);
    }

    /// <summary>One question at a time, and complete.</summary>
    private static void CheckQuestion(JsonInput input, InputErrors errors)
    {
        bool hasDays = input.TryGet("days", out _);
        if (input.TryGet("mde", out _))
        {
            if (hasDays)
            {
                errors.Add(input.At("days"), "days asks which effect is found by then; leave it out where mde is given.");
            }
        }
        else if (!hasDays)
        {
            errors.Add(input.At("mde"), "Give mde, or days with unitsPerDay.");
        }
        else if (!input.TryGet("unitsPerDay", out _))
        {
            errors.Add(input.At("unitsPerDay"), "unitsPerDay is required with days.");
        }
    }

    private static (double? Rate, double? Mean, double? Variance) Baseline(JsonInput input)
    {
        if (input.Object("baseline", BaselineFields) is not { } baseline)
        {
            if (!input.TryGet("baseline", out _))
            {
                input.Errors.Add(input.At("baseline"), "baseline is required: rate, or mean and variance.");
            }

            return default;
        }

        bool hasRate = baseline.TryGet("rate", out _);
        if (hasRate == (baseline.TryGet("mean", out _) || baseline.TryGet("variance", out _)))
        {
            input.Errors.Add(baseline.Pointer, "baseline has either rate, or mean and variance.");
            return default;
        }

        return hasRate
            ? (baseline.Number("rate", value => value is > 0 and < 1, "lie strictly between 0 and 1"), null, null)
            : (null, baseline.Number("mean", _ => true, "be finite", required: true), baseline.Number("variance", value => value > 0, "be positive", required: true));
    }

    private static ImmutableArray<Variant> Variants(JsonInput input)
    {
        if (!input.TryGet("variants", out _))
        {
            return CalibrateInput.Pair;
        }

        ImmutableArray<Variant> variants = VariantInput.Read(input);
        if (!input.Errors.Any && (variants.Count(variant => variant.Weight > 0) < 2 || variants.Any(variant => variant is { IsControl: true, Weight: 0 })))
        {
            input.Errors.Add(input.At("variants"), "The control and a treatment need a weight above 0.");
        }

        return variants;
    }
}
