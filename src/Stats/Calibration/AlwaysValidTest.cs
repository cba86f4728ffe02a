using Splitstream.Stats.Decisions;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Calibration;

/// <summary>Running maxima of the e-values of <see cref="AsymptoticConfidenceSequence"/>, from the first look on, with Holm's correction.</summary>
internal sealed class AlwaysValidTest : MethodTest
{
    private readonly Evidence _evidence;
    private readonly bool _holm;
    private readonly double _alpha;
    private readonly double _rejected;
    private readonly double _firstRejected;
    private readonly double[] _perSquare;
    private readonly double[] _logRoot;
    private double[] _highest;
    private int[] _order;
    private double _strongest;

    public AlwaysValidTest(ExperimentDesign design, LookPlan plan, Evidence evidence)
    {
        var rule = design.Rule;
        _evidence = evidence;
        _holm = rule.HolmCorrection;
        _alpha = rule.Alpha;
        _highest = new double[design.Treatments];
        _order = new int[design.Treatments];
        _rejected = -Elementary.Log(_alpha);
        _firstRejected = -Elementary.Log(_holm ? _alpha / design.Treatments : _alpha);
        var rho = AsymptoticConfidenceSequence.Rho(rule.MinimumSample, rule.Alpha);
        _perSquare = new double[plan.Looks.Length * design.Treatments];
        _logRoot = new double[_perSquare.Length];
        for (var look = 0; look < plan.Looks.Length; look++)
        {
            for (int variant = 0, treatment = 0; variant < plan.Variants; variant++)
            {
                if (variant == evidence.Control)
                    continue;
                var at = (look * design.Treatments) + treatment++;
                var units = AsymptoticConfidenceSequence.UnitsPerVariant(evidence.Units(look, evidence.Control), evidence.Units(look, variant));
                var time = units * rho * rho;
                _perSquare[at] = time / (time + 1) / 2;
                _logRoot[at] = Elementary.Log1p(time) / 2;
            }
        }
    }

    public override void Begin()
    {
        // Less than what the last step asks for rejects nothing, so that there is no need to know it.
        Array.Fill(_highest, _rejected);
        _strongest = _rejected;
    }

    public override void Watch(int look, Sums sums)
    {
        for (int variant = 0, treatment = 0; variant < sums.Sum.Length; variant++)
        {
            if (variant == _evidence.Control)
                continue;
            var at = (look * _highest.Length) + treatment;
            if (_evidence.MayExceed(look, variant, sums, _perSquare[at], _highest[treatment] + _logRoot[at]))
            {
                var (effect, error) = _evidence.Difference(look, variant, sums);
                if (error > 0)
                {
                    var square = effect / error * (effect / error);
                    _highest[treatment] = Math.Max(_highest[treatment], (_perSquare[at] * square) - _logRoot[at]);
                    _strongest = Math.Max(_strongest, _highest[treatment]);
                }
            }

            treatment++;
        }
    }

    public override MethodTest Fork()
    {
        var fork = (AlwaysValidTest)MemberwiseClone();
        fork._highest = new double[_highest.Length];
        fork._order = new int[_order.Length];
        return fork;
    }

    public override bool Judge(int look, Sums sums, Span<TreatmentStanding> standings)
    {
        if (_strongest <= _firstRejected)
            return false;
        for (var i = 0; i < _order.Length; i++)
            _order[i] = i;
        Array.Sort(_order, (a, b) => _highest[b].CompareTo(_highest[a]));
        standings.Clear();
        for (var step = 0; step < _order.Length; step++)
        {
            var treatment = _order[step];
            var variant = treatment + (treatment >= _evidence.Control ? 1 : 0);
            var rejected = _highest[treatment] > -Elementary.Log(_holm ? _alpha / (_order.Length - step) : _alpha);
            if (_holm && !rejected)
            {
                // The others stay in the family.
                for (; step < _order.Length; step++)
                    standings[_order[step]] = new TreatmentStanding(false, false, 0, true);
                break;
            }

            var effect = _evidence.Difference(look, variant, sums).Effect;
            standings[treatment] = new TreatmentStanding(
                rejected && effect > 0, rejected && effect < 0, _evidence.Estimate(look, variant, sums), true);
        }

        return true;
    }
}
