using Splitstream.Stats.Decisions;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Calibration;

/// <summary>Tests with a nominal level per look: group sequential, and the fixed horizon with its single look.</summary>
internal sealed class BoundaryTest : MethodTest
{
    private readonly Evidence _evidence;
    private readonly double[][] _boundaries;
    private double[] _statistics;
    private int[] _order;

    public BoundaryTest(ExperimentDesign design, LookPlan plan, Evidence evidence)
    {
        _evidence = evidence;
        _statistics = new double[design.Treatments];
        _order = new int[design.Treatments];
        var (looks, information) = Tested(design, plan);
        _boundaries = new double[plan.Looks.Length][];
        var shares = design.Rule.HolmCorrection
            ? Enumerable.Range(0, design.Treatments).Select(step => design.Rule.Alpha / (design.Treatments - step)).ToArray()
            : [design.Rule.Alpha];
        var levels = shares.Select(share => Levels(design.Rule, share, information, looks.Count > 0 && plan.Looks[looks[^1]].AtHorizon)).ToArray();
        for (var i = 0; i < looks.Count; i++)
        {
            _boundaries[looks[i]] =
            [
                .. Enumerable.Range(0, design.Treatments)
                    .Select(step => levels[Math.Min(step, levels.Length - 1)][i])
                    .Select(level => level > 0 ? NormalDistribution.Quantile(level / 2, Tail.Upper) : double.PositiveInfinity),
            ];
        }
    }

    /// <summary>Chance that one treatment crosses a boundary although it equals control, times the treatments unless they share alpha.</summary>
    public static double? Crossing(ExperimentDesign design, LookPlan plan)
    {
        var (looks, information) = Tested(design, plan);
        if (looks.Count == 0)
            return null;
        var share = design.Rule.HolmCorrection ? design.Rule.Alpha / design.Treatments : design.Rule.Alpha;
        var levels = Levels(design.Rule, share, information, plan.Looks[looks[^1]].AtHorizon);
        var tested = Enumerable.Range(0, levels.Length).Where(i => levels[i] > 0).ToArray();
        if (tested.Length == 0)
            return null;
        var last = information[tested[^1]];
        return design.Treatments * GroupSequential.CrossingProbability(
            [.. tested.Select(i => NormalDistribution.Quantile(levels[i] / 2, Tail.Upper))],
            [.. tested.Select(i => i == tested[^1] ? 1 : information[i] / last)]);
    }

    public override MethodTest Fork()
    {
        var fork = (BoundaryTest)MemberwiseClone();
        fork._statistics = new double[_statistics.Length];
        fork._order = new int[_order.Length];
        return fork;
    }

    public override bool Judge(int look, Sums sums, Span<TreatmentStanding> standings)
    {
        if (_boundaries[look] is not { } boundaries)
            return false;
        var passes = false;
        for (int variant = 0, treatment = 0; variant < sums.Sum.Length; variant++)
        {
            if (variant == _evidence.Control)
                continue;
            var statistic = _evidence.Statistic(look, variant, sums);
            passes |= Math.Abs(statistic) >= boundaries[0];
            _order[treatment] = treatment;
            _statistics[treatment++] = statistic;
        }

        if (!passes)
            return false;
        Array.Sort(_order, (a, b) => Math.Abs(_statistics[b]).CompareTo(Math.Abs(_statistics[a])));
        standings.Clear();
        var rejects = true;
        for (var step = 0; step < _order.Length; step++)
        {
            var treatment = _order[step];
            var variant = treatment + (treatment >= _evidence.Control ? 1 : 0);
            rejects &= Math.Abs(_statistics[treatment]) >= InStudent(boundaries[step], _evidence.DegreesOfFreedom(look, variant, sums));
            standings[treatment] = new TreatmentStanding(
                rejects && _statistics[treatment] > 0,
                rejects && _statistics[treatment] < 0,
                _evidence.Estimate(look, variant, sums),
                true);
        }

        return true;
    }

    private static (List<int> Looks, List<double> Information) Tested(ExperimentDesign design, LookPlan plan)
    {
        var planned = SpendingSchedule.PlannedUnits(design.Rule.HorizonUnitsPerVariant, design.Weights);
        var looks = new List<int>();
        var information = new List<double>();
        for (var i = 0; i < plan.Looks.Length; i++)
        {
            var look = plan.Looks[i];
            var units = look.Units.Sum() / planned;
            if (look.MayDecide && SpendingSchedule.Tests(information.Count == 0 ? 0 : information[^1], units, look.AtHorizon))
            {
                looks.Add(i);
                information.Add(units);
            }
        }

        return (looks, information);
    }

    private static double[] Levels(RuleDesign rule, double share, List<double> information, bool endsAtHorizon)
    {
        if (rule.Method == RuleMethod.FixedHorizon)
            return [.. information.Select(_ => share)];
        var levels = SpendingSchedule.NominalLevels(rule.Spending, share, information, endsAtHorizon);
        return levels.IsConclusive ? levels.Value : new double[information.Count];
    }

    /// <summary>The same quantile of Student's distribution, within 1e-5 of it for 100 degrees of freedom and more.</summary>
    /// <remarks>Abramowitz and Stegun 1964, 26.7.5.</remarks>
    private static double InStudent(double z, double degrees)
    {
        if (double.IsPositiveInfinity(degrees) || double.IsPositiveInfinity(z) || !(degrees > 0))
            return z;
        var square = z * z;
        return z * (1
            + (square + 1) / (4 * degrees)
            + (((5 * square + 16) * square) + 3) / (96 * degrees * degrees)
            + (((3 * square + 19) * square + 17) * square - 15) / (384 * degrees * degrees * degrees));
    }
}
