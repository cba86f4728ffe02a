namespace Splitstream.Stats.Calibration;

/// <summary>
/// When looks are and how many mature units each variant then has. Units arrive evenly and are split exactly by weight. Random arrivals
/// change the rates by less than can be measured, unless the minimum sample or the cap falls due just at one of few looks: then a real
/// experiment often misses that look, and errs less than it was certified for (stats/properties has both). Replayed units come when they came.
/// </summary>
internal sealed class LookPlan
{
    private LookPlan(List<PlannedLook> looks, int variants, double endDays)
    {
        Looks = [.. looks];
        Variants = variants;
        EndDays = endDays;
    }

    public PlannedLook[] Looks { get; }

    public int Variants { get; }

    /// <summary>When the last look is at which the rule might act, were there units enough: at the horizon, in days or in units, or before it.</summary>
    public double EndDays { get; }

    /// <summary>False when the rule can never act, because the minimum sample is not reached before the horizon.</summary>
    public bool CanDecide => Looks.Any(look => look.MayDecide);

    /// <param name="keepAll">
    /// Whether looks that cannot decide are kept, because something is watched at them; otherwise the units of several come with the next
    /// that can.
    /// </param>
    public static LookPlan Of(ExperimentDesign design, bool keepAll)
    {
        var rule = design.Rule;
        var total = design.Weights.Sum();
        var looks = new List<PlannedLook>();
        var end = rule.HorizonDays;
        var endsAtHorizon = rule.Method is RuleMethod.FixedHorizon or RuleMethod.GroupSequential;
        foreach (var days in Times(design))
        {
            var mature = Math.Max(0, days - design.DelayHours / 24);
            var arrived = design.Outcome is ReplayedModel replayed ? replayed.MatureBy(days) : design.UnitsPerDay * mature;
            var units = design.Weights.Select(weight => (long)(arrived * weight / total + 1e-9)).ToArray();
            var largest = units.Max();
            var reached = days >= rule.HorizonDays || largest >= rule.HorizonUnitsPerVariant;
            if (!endsAtHorizon && (days > rule.HorizonDays || largest > rule.HorizonUnitsPerVariant))
                break;
            end = days;
            var mayDecide = units.Min() >= rule.MinimumSample && days >= rule.MinimumDays
                && (rule.Method != RuleMethod.FixedHorizon || reached);
            if (keepAll || mayDecide)
                looks.Add(new PlannedLook(days, units, mayDecide, reached));
            if (endsAtHorizon && reached)
                break;
        }

        return new LookPlan(looks, design.Weights.Length, end);
    }

    /// <summary>Units of a variant that became mature since the look before in this plan.</summary>
    public int Increment(int look, int variant) =>
        (int)Math.Min(int.MaxValue, Looks[look].Units[variant] - (look == 0 ? 0 : Looks[look - 1].Units[variant]));

    private static IEnumerable<double> Times(ExperimentDesign design)
    {
        if (!design.LookDays.IsEmpty)
            return design.LookDays;
        var (rule, looks) = (design.Rule, (int)Math.Ceiling(design.Rule.HorizonDays * 1440 / design.Rule.CadenceMinutes));

        // Multiplied before divided, so that whole days come out whole.
        return Enumerable.Range(1, Math.Max(1, looks)).Select(look => look * rule.CadenceMinutes / 1440);
    }
}

/// <param name="Days">Since the start.</param>
/// <param name="Units">Mature units so far, per variant.</param>
/// <param name="MayDecide">Minimum sample and days are reached, and the horizon is not passed.</param>
/// <param name="AtHorizon">The rule's last look.</param>
internal sealed record PlannedLook(double Days, long[] Units, bool MayDecide, bool AtHorizon);
