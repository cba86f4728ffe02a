using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// The two-sample e-process of conversions over the looks of an experiment: one per epoch, their product the evidence. Pure. What became
/// mature since the last look is a block; a look at which counts went down (a unit left, an event came late) brings no evidence, and the
/// next block begins from the counts as they are.
/// </summary>
internal static class TwoSampleEvidence
{
    /// <summary>The evidence with this look, of every conversion metric and treatment; what the next look takes over.</summary>
    public static ImmutableArray<TwoSampleHistory>? After(ResultsInput input)
    {
        var control = input.Experiment.ControlIndex();
        ImmutableArray<TwoSampleHistory> all =
        [
            .. from metric in input.Metrics
               where metric.Type is MetricType.Conversion or MetricType.Retention
               let table = MetricTable.Create(input.Experiment, metric, input.Data.Sums, MetricPart.Matured)
               where !table.IsAdjusted
               from variant in Enumerable.Range(0, input.Experiment.Variants.Length)
               where variant != control
               select After(input.Look.History, input.Experiment, metric.Key, table, variant, control) into history
               where !history.Epochs.IsEmpty
               select history,
        ];
        return all.IsEmpty ? input.Look.History.TwoSample : all;
    }

    /// <summary>One treatment's evidence with this look.</summary>
    private static TwoSampleHistory After(
        LookHistory history, AnalysedExperiment experiment, string metric, MetricTable table, int variant, int control)
    {
        var key = experiment.Variants[variant].Key;
        var before = (history.TwoSample ?? []).FirstOrDefault(known => known.Metric == metric && known.Variant == key)
            ?? new TwoSampleHistory(metric, key, 0, []);
        var rho = AsymptoticConfidenceSequence.Rho(experiment.Rule.MinSample, experiment.Rule.Alpha);
        var epochs = before.Epochs.ToDictionary(epoch => epoch.Epoch);
        for (var i = 0; i < table.Epochs; i++)
        {
            if (table.Conversions(i, control).TryGet(out var ofControl, out _) && table.Conversions(i, variant).TryGet(out var ofTreatment, out _))
            {
                var number = table.EpochNumbers[i];
                var known = epochs.GetValueOrDefault(number) ?? new TwoSampleEpoch(number, 0, 0, 0, 0, 0);
                epochs[number] = Bet(known, ofControl, ofTreatment, 1 / (rho * rho));
            }
        }

        var now = before with { Epochs = [.. epochs.Values.OrderBy(epoch => epoch.Epoch)] };
        return now with { MaximumLogEValue = Math.Max(now.MaximumLogEValue, now.LogEValue()) };
    }

    public static TwoSampleResult Result(TwoSampleHistory history)
    {
        var e = Elementary.Exp(history.LogEValue());
        return new TwoSampleResult(
            double.IsFinite(e) ? e : null, history.LogEValue(), new AlwaysValidP(history.MaximumLogEValue).P);
    }

    private static TwoSampleEpoch Bet(TwoSampleEpoch known, ConversionCounts control, ConversionCounts treatment, double shrinkage)
    {
        var counted = new TwoSampleEpoch(
            known.Epoch, control.Units, control.Conversions, treatment.Units, treatment.Conversions, known.LogEValue);
        var newControl = new ConversionCounts(control.Units - known.ControlUnits, control.Conversions - known.ControlConversions);
        var newTreatment = new ConversionCounts(treatment.Units - known.TreatmentUnits, treatment.Conversions - known.TreatmentConversions);
        if (!IsBlock(newControl) || !IsBlock(newTreatment))
        {
            return counted;
        }

        var process = TwoSampleEProcess.Resume(
            BetaPosterior.Uniform,
            shrinkage,
            new ConversionCounts(known.ControlUnits, known.ControlConversions),
            new ConversionCounts(known.TreatmentUnits, known.TreatmentConversions),
            known.LogEValue);
        return process.Look(newControl, newTreatment).TryGet(out var next, out _) ? counted with { LogEValue = next.LogEValue } : counted;
    }

    private static bool IsBlock(ConversionCounts counts) => counts.Conversions >= 0 && counts.Conversions <= counts.Units;
}

/// <summary>The evidence of one treatment so far.</summary>
/// <param name="MaximumLogEValue">Largest log e-value at any look, at least 0.</param>
/// <param name="Epochs">By number.</param>
public sealed record TwoSampleHistory(string Metric, string Variant, double MaximumLogEValue, ImmutableArray<TwoSampleEpoch> Epochs)
{
    /// <summary>Of all epochs together.</summary>
    internal double LogEValue() => Epochs.Sum(epoch => epoch.LogEValue);
}

/// <summary>Counts at the last look, and the evidence of the blocks up to it.</summary>
public sealed record TwoSampleEpoch(
    int Epoch, long ControlUnits, long ControlConversions, long TreatmentUnits, long TreatmentConversions, double LogEValue);
