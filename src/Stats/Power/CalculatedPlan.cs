using System.Collections.Immutable;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Power;

/// <summary>Fixed horizon and alpha spending, without simulation.</summary>
internal sealed class CalculatedPlan
{
    /// <summary>The number of looks depends on the size and the size, by little, on the looks.</summary>
    private const int Rounds = 2;

    /// <summary>Looks closer than this are planned as one; a rule that tests twice as often needs 0.3 % more units.</summary>
    private const double MinimumGain = 0.01;

    private readonly ExperimentDesign _design;
    private readonly double _power;
    private readonly double _share;
    private readonly double _ratio;
    private readonly double _controlPerDay;
    private readonly double _leastPerControl;

    public CalculatedPlan(ExperimentDesign design, double power)
    {
        _design = design;
        _power = power;
        _share = design.Rule.HolmCorrection ? design.Rule.Alpha / design.Treatments : design.Rule.Alpha;
        var control = design.Weights[design.Control];
        _ratio = design.Weights[PowerPlan.Treatment(design)] / control;
        _controlPerDay = design.UnitsPerDay * control / design.Weights.Sum();
        _leastPerControl = design.Weights.Min() / control;
    }

    private double DelayDays => _design.DelayHours / 24;

    public Computed<MethodSize> Size(RuleMethod method, double effect)
    {
        if (!FixedUnits(effect).TryGet(out var units, out var why))
            return why;
        var expected = 1.0;
        if (method == RuleMethod.GroupSequential)
        {
            var once = units;
            for (var round = 0; round < Rounds; round++)
            {
                if (!Spend(units).TryGet(out var spent, out why))
                    return why;
                (units, expected) = (once * spent.Inflation, spent.ExpectedInformation);
            }
        }

        ImmutableArray<double> sizes = [.. _design.Weights.Select(weight => Math.Ceiling(units * weight / _design.Weights[_design.Control]))];
        if (!(sizes.Sum() <= long.MaxValue / 2))
            return new Inconclusive(Inconclusive.Overflow, "No experiment has so many units.");
        var days = (units / _controlPerDay) + DelayDays;
        return new MethodSize(
            [.. sizes.Select(size => (long)size)],
            AtLook(days),
            expected * sizes.Sum(),
            expected < 1 ? Math.Max(_design.Rule.MinimumDays, (expected * units / _controlPerDay) + DelayDays) : AtLook(days),
            null,
            null);
    }

    public Computed<double> Effect(RuleMethod method, double days)
    {
        var units = _controlPerDay * Math.Max(0, days - DelayDays);
        if (units * Math.Min(1, _leastPerControl) < 2)
            return new Inconclusive(Inconclusive.TooFewUnits, "Fewer than two units of a variant are mature by then.");
        if (method != RuleMethod.GroupSequential)
            return FixedEffect(units);
        return Spend(units).TryGet(out var spent, out var why) ? FixedEffect(units / spent.Inflation) : why;
    }

    /// <summary>Units of control at a fixed horizon.</summary>
    public Computed<double> FixedUnits(double effect) => _design.Outcome is ConversionModel
        ? AllocatedSize.ForProportions(Rate, Rate + effect, _ratio, _share, _power)
        : AllocatedSize.ForMeans(effect, Math.Sqrt(_design.Outcome.Variance), _ratio, _share, _power);

    /// <summary>What a fixed horizon finds with so many units of control.</summary>
    public Computed<double> FixedEffect(double units) => _design.Outcome is ConversionModel
        ? AllocatedSize.DetectableLift(Rate, units, _ratio, _share, _power)
        : AllocatedSize.DetectableDifference(Math.Sqrt(_design.Outcome.Variance), units, _ratio, _share, _power);

    /// <summary>That of failures where lower is better: the arithmetic is the same.</summary>
    private double Rate => _design.HigherIsBetter ? _design.Outcome.Mean : 1 - _design.Outcome.Mean;

    private double AtLook(double days)
    {
        var (cadence, least) = (_design.Rule.CadenceMinutes, Math.Max(days, _design.Rule.MinimumDays));
        return Math.Ceiling((least * 1_440 / cadence) - 1e-9) * cadence / 1_440;
    }

    private Computed<(double Inflation, double ExpectedInformation)> Spend(double units)
    {
        var information = Information(units);
        if (!SpendingSchedule.NominalLevels(_design.Rule.Spending, _share, information, endsAtHorizon: true).TryGet(out var levels, out var why))
            return why;
        var tested = Enumerable.Range(0, levels.Length).Where(look => levels[look] > 0).ToArray();
        double[] boundaries = [.. tested.Select(look => NormalDistribution.Quantile(levels[look] / 2, Tail.Upper))];
        double[] times = [.. tested.Select(look => information[look])];
        if (!GroupSequentialPower.DriftOf(boundaries, times, _power).TryGet(out var drift, out why)
            || !GroupSequentialPower.Crossing(boundaries, times, drift).TryGet(out var crossing, out why))
        {
            return why;
        }

        var once = NormalDistribution.Quantile(_share / 2, Tail.Upper) + NormalDistribution.Quantile(_power, Tail.Lower);
        return (drift / once * (drift / once), crossing.ExpectedInformation);
    }

    /// <summary>The fractions at which the looks of the cadence would come, if the experiment ended at so many units of control.</summary>
    private List<double> Information(double units)
    {
        var rule = _design.Rule;
        var (cadence, perLook) = (rule.CadenceMinutes / 1_440, _controlPerDay * rule.CadenceMinutes / 1_440);
        var first = Math.Max(rule.MinimumDays / cadence, ((rule.MinimumSample / _leastPerControl / _controlPerDay) + DelayDays) / cadence);
        var information = new List<double>();
        for (var t = At(Math.Max(1, Math.Ceiling(first - 1e-9))); t <= 1 - MinimumGain;)
        {
            if (t >= MinimumGain)
                information.Add(t);

            // Straight to the next look that counts: there may be millions between.
            var needed = (information.Count == 0 ? 0 : information[^1]) + MinimumGain;
            var next = Math.Ceiling(((needed * units / _controlPerDay) + DelayDays) / cadence - 1e-9);
            t = Math.Max(At(next), t + (perLook / units));
        }

        information.Add(1);
        return information;

        double At(double look) => _controlPerDay * Math.Max(0, (look * cadence) - DelayDays) / units;
    }
}
