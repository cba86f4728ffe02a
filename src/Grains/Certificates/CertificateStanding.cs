using System.Collections.Immutable;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;

namespace Splitstream.Grains.Certificates;

/// <summary>The certificate that an experiment was started with, and what it was made for; part of a snapshot's inputs.</summary>
/// <param name="Result">As computed; or pending, or unavailable.</param>
/// <param name="Input">What was simulated, without the values of real units; null when unavailable.</param>
public sealed record CertificateStanding(CertificateResult Result, CertificateInput? Input)
{
    public const string Lapsed = "lapsed";

    /// <summary>Conversion rates may be this many times as high or as low as simulated: the error rates of a rule hardly depend on them.</summary>
    private const double RateRange = 2;

    /// <summary>The certificate as it holds at a look. It lapses when the experiment or its data are no longer what was simulated.</summary>
    /// <param name="matured">The primary metric over matured units; null without one.</param>
    public CertificateResult At(ResultsInput look, MaturedResult? matured)
    {
        ArgumentNullException.ThrowIfNull(look);
        if (Input is not { } certified || Result.Plan is null)
        {
            return Result;
        }

        ImmutableArray<string> changed = [.. Changes(certified, look).Concat(Departures(certified, look, matured)).Distinct()];
        return changed.IsEmpty ? Result : Result with { Calibrated = false, Status = Lapsed, Reason = changed[0], Changed = changed };
    }

    private static IEnumerable<string> Changes(CertificateInput certified, ResultsInput look)
    {
        var (experiment, now) = (look.Experiment, look.Experiment.Rule);
        var then = certified.Rule;
        var variants = experiment.Variants.Where(variant => variant.Weight > 0).ToArray();
        if (!variants.Select(variant => variant.Key).SequenceEqual(certified.Variants.Select(variant => variant.Key)))
        {
            yield return "variants";
        }

        if (experiment.WeightsChanged || !variants.Select(variant => variant.Weight).SequenceEqual(certified.Variants.Select(variant => variant.Weight)))
        {
            yield return "weights";
        }

        if (!experiment.IsExternal && look.Metrics.FirstOrDefault(metric => metric.Key == experiment.PrimaryMetric) != certified.Metric.Definition)
        {
            yield return "metric";
        }

        if (!experiment.IsExternal && !experiment.Guardrails.ToHashSet(StringComparer.Ordinal).SetEquals(
                certified.Guardrails.Select(guardrail => guardrail.Definition.Key).Concat(certified.UnknownGuardrails ?? [])))
        {
            yield return "guardrails";
        }

        (string Code, bool Differs)[] parts =
        [
            ("method", now.Method != then.Method || now.Spending != then.Spending),
            ("threshold", now.PosteriorThreshold != then.PosteriorThreshold || now.Alpha != then.Alpha || now.GuardrailAlpha != then.GuardrailAlpha),
            ("min_sample", now.MinSample != then.MinSample),
            ("min_days", now.MinDays != then.MinDays),
            ("cadence", now.CadenceMinutes != then.CadenceMinutes),
            ("horizon", now.HorizonDays != then.HorizonDays || now.HorizonUnitsPerVariant != then.HorizonUnitsPerVariant),
            ("correction", now.Correction != then.Correction),
            ("prior", now.Prior != then.Prior),
            ("protocol", experiment.ProtocolChanged),
        ];
        foreach (var (code, _) in parts.Where(part => part.Differs && !experiment.IsExternal))
        {
            yield return code;
        }
    }

    /// <summary>Data outside of what was simulated.</summary>
    private static IEnumerable<string> Departures(CertificateInput certified, ResultsInput look, MaturedResult? matured)
    {
        if (matured is not { Variants.Length: > 0 } || look.Experiment.IsExternal)
        {
            yield break;
        }

        var shares = certified.Variants.Select(variant => variant.Weight).ToArray();
        var days = Math.Max(0, certified.Rule.HorizonDays - (certified.Metric.DelayHours / 24));
        var largest = Math.Min(certified.Rule.HorizonUnitsPerVariant, certified.UnitsPerDay * days * shares.Max() / shares.Sum());
        if (matured.Variants.Max(variant => variant.Units) > largest)
        {
            yield return "planned_units";
        }

        if (look.Look.LookNumber > (certified.Rule.HorizonDays * 1_440 / certified.Rule.CadenceMinutes) + 1)
        {
            yield return "looks";
        }

        var units = matured.Variants.Sum(variant => variant.Units);
        if (certified.Metric.IsConversion && units >= certified.Rule.MinSample)
        {
            var rate = matured.Variants.Sum(variant => variant.Sum ?? 0) / units;
            var (low, high) = (certified.Metric.Mean / RateRange, 1 - ((1 - certified.Metric.Mean) / RateRange));
            if (rate < low || rate > Math.Min(high, certified.Metric.Mean * RateRange))
            {
                yield return "base_rate";
            }
        }
    }
}
