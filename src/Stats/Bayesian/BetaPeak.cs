using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Bayesian;

/// <summary>A beta density with a peak inside (0, 1), cut at equal heights on both sides of it.</summary>
/// <remarks>
/// With u = (x-m)/m and w = (m-x)/(1-m) from the mode m, the log density lies (alpha-1) (u - ln(1+u)) + (beta-1) (w - ln(1+w)) below
/// its peak: the linear parts cancel exactly and are left out. The ends of a cut are found from its drop, each as the logarithm of the
/// ratio to the mode, so that neither an interval of relative width 1e-10 nor an end at 1e-300 loses digits.
/// </remarks>
internal sealed class BetaPeak
{
    /// <summary>Below this the mass inside is integrated; above it is what both tails leave.</summary>
    private const double SmallLevel = 0.01;

    /// <summary>Intervals of less mass than this are the mode to the last bit.</summary>
    private const double SmallestLevel = 1e-60;

    private static readonly (double Node, double Weight)[] Rule = GaussLegendre.Rule(20);

    private readonly double _alpha;
    private readonly double _beta;
    private readonly Side _left;
    private readonly Side _right;
    private readonly double _logKernel;

    /// <param name="alpha">Above 1.</param>
    /// <param name="beta">Above 1.</param>
    public BetaPeak(double alpha, double beta)
    {
        _alpha = alpha;
        _beta = beta;
        _left = new Side(alpha - 1, beta - 1);
        _right = new Side(beta - 1, alpha - 1);
        _logKernel = BetaTails.LogKernel(alpha, beta, _left.Mode, _right.Mode);
    }

    /// <summary>Where the cut of mass <paramref name="level"/> begins and ends; NaN beyond what doubles resolve.</summary>
    public (double Lower, double Upper) Ends(double level)
    {
        var wanted = Math.Max(level, SmallestLevel);

        // For a normal density the drop is half the square of the quantile; nearly the square of the level itself where that is small.
        var start = wanted < SmallLevel
            ? 2 * Elementary.Log(wanted)
            : 2 * Elementary.Log(NormalDistribution.Quantile((1 - wanted) / 2, Tail.Upper)) - Elementary.Ln2;
        var logDrop = MonotoneRoot.Solve(v => Excess(v, wanted), start, 1, 1e-9);
        if (double.IsNaN(logDrop))
            return (double.NaN, double.NaN);
        var drop = Elementary.Exp(logDrop);
        var (below, above) = (_left.End(drop), _right.End(drop));
        var upper = _left.Mode * (1 - Elementary.Expm1(above) * _right.Odds);
        return (_left.Near(below), upper < 0.5 ? upper : 1 - _right.Near(above));
    }

    /// <summary>By how much the mass at a drop of e^v exceeds the level, on logarithms of the smaller side, and its slope in v.</summary>
    private (double Value, double Slope) Excess(double logDrop, double level)
    {
        var drop = Elementary.Exp(logDrop);
        var (below, above) = (_left.End(drop), _right.End(drop));
        var slope = drop * Elementary.Exp(_logKernel - drop)
            * (_left.Speed(below) / _right.Mode + _right.Speed(above) / _left.Mode);
        if (level < SmallLevel)
        {
            var inside = Elementary.Exp(_logKernel) * (_left.Area(below) / _right.Mode + _right.Area(above) / _left.Mode);
            return (Elementary.Log(inside / level), slope / inside);
        }

        var outside = Elementary.Exp(BetaTails.AtLogit(_alpha, _beta, _left.Logit(below)).Lower)
            + Elementary.Exp(BetaTails.AtLogit(_alpha, _beta, -_right.Logit(above)).Upper);
        return (Elementary.Log((1 - level) / outside), slope / outside);
    }

    /// <summary>One side of the peak, seen from 0: that from 1 is the same with the parameters exchanged.</summary>
    /// <param name="Power">Parameter less 1 of the end that this side runs to.</param>
    /// <param name="Other">That of the other end.</param>
    private readonly record struct Side(double Power, double Other)
    {
        /// <summary>Distance of the mode from this side's end.</summary>
        public double Mode { get; } = double.IsInfinity(Power + Other) ? Power / 2 / (Power / 2 + Other / 2) : Power / (Power + Other);

        /// <summary>Mode over its distance from the other end.</summary>
        public double Odds { get; } = Power / Other;

        /// <summary>ln(x/mode), below 0, of the point where the log density is <paramref name="drop"/> lower.</summary>
        public double End(double drop)
        {
            var (power, other, odds) = (Power, Other, Odds);
            var guess = Math.Sqrt(2 * drop / power / (1 + odds)) + drop / power;
            var root = MonotoneRoot.Solve(
                s =>
                {
                    var log = -Elementary.Exp(s);
                    var u = Elementary.Expm1(log);
                    var w = -u * odds;
                    var fall = power * (log > -0.3 ? Elementary.LogExcess(u) : u - log) + other * Elementary.LogExcess(w);
                    return (Elementary.Log(fall / drop), power * u * (1 + odds) / (1 + w) * log / fall);
                },
                Elementary.Log(guess),
                1,
                1e-9);
            return -Elementary.Exp(root);
        }

        /// <summary>x at an end; a denormal where it is that small.</summary>
        public double Near(double end) => end > -600 ? Mode * Elementary.Exp(end) : Elementary.Exp(Elementary.Log(Mode) + end);

        /// <summary>ln(x/(1-x)) at an end.</summary>
        public double Logit(double end) => Elementary.Log(Odds) + end - Elementary.Log1p(-Elementary.Expm1(end) * Odds);

        /// <summary>Derivative of (mode - x)/mode by the drop, at an end.</summary>
        public double Speed(double end)
        {
            var u = Elementary.Expm1(end);
            return Elementary.Exp(end) * (1 - u * Odds) / (-Power * u * (1 + Odds));
        }

        /// <summary>Integral of density over peak density from an end to the mode, in units of the mode.</summary>
        public double Area(double end)
        {
            var reach = -Elementary.Expm1(end);
            var sum = 0.0;
            foreach (var (node, weight) in Rule)
            {
                var u = -reach * (1 + node) / 2;
                sum += weight * Elementary.Exp(-Power * Elementary.LogExcess(u) - Other * Elementary.LogExcess(-u * Odds));
            }

            return sum * reach / 2;
        }
    }
}
