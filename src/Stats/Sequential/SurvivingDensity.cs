using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Density of a Brownian motion just before a look, restricted to paths that have not crossed a boundary earlier.</summary>
/// <remarks>
/// Kept as a mixture of normals: nodes and weights of the surviving density at the look before, each spreading over the time since.
/// Armitage, McPherson and Rowe 1969; Gauss-Legendre panels, on which the density is analytic.
/// </remarks>
internal sealed class SurvivingDensity
{
    /// <summary>Without a boundary below, the density is followed this many standard deviations down, where 1e-19 is left.</summary>
    private const double Reach = 9;

    /// <summary>An early boundary may lie in a tail of 1e-300, and what crosses later comes from just below it.</summary>
    private const double Farthest = 38;

    /// <summary>In units of the narrower spread; 16 nodes then integrate a normal density to about 1e-12.</summary>
    private const double PanelWidth = 4;

    /// <summary>Nodes before times nodes after: looks so close together that they need more are not resolved.</summary>
    private const double MaximumWork = 40e6;

    private static readonly (double Node, double Weight)[] Rule = GaussLegendre.Rule(16);

    private readonly double _time;
    private readonly double _spread;
    private readonly double _drift;
    private readonly double[] _nodes;
    private readonly double[] _weights;

    private SurvivingDensity(double time, double spread, double drift, double[] nodes, double[] weights)
    {
        _time = time;
        _spread = spread;
        _drift = drift;
        _nodes = nodes;
        _weights = weights;
    }

    /// <summary>Paths that have not crossed before this look, under any drift.</summary>
    public double Mass => _weights.Sum();

    /// <summary>Before the first look, at information fraction <paramref name="time"/>: all paths start at 0.</summary>
    /// <param name="drift">Expected Z at information 1; 0 under the null hypothesis.</param>
    public static SurvivingDensity Start(double time, double drift = 0) => new(time, Math.Sqrt(time), drift, [drift * time], [1]);

    /// <summary>P(Z at this look above z, and no crossing before), and minus its derivative by z.</summary>
    public (double Probability, double Slope) UpperTail(double z)
    {
        var boundary = z * Math.Sqrt(_time);
        double probability = 0, density = 0;
        for (var i = 0; i < _nodes.Length; i++)
        {
            var distance = (boundary - _nodes[i]) / _spread;
            probability += _weights[i] * NormalDistribution.Cdf(distance, Tail.Upper);
            density += _weights[i] * NormalDistribution.Density(distance);
        }

        return (probability, density * Math.Sqrt(_time) / _spread);
    }

    /// <summary>
    /// The density before the next look, of the paths with Z strictly between the two boundaries now. Where two looks are too close
    /// together to be resolved, every probability from here on is NaN.
    /// </summary>
    public SurvivingDensity Advance(double lower, double upper, double nextTime)
    {
        var root = Math.Sqrt(_time);
        var from = Math.Max(lower, -Reach) * root;
        var to = Math.Min(upper, Farthest) * root;
        var nextSpread = Math.Sqrt(nextTime - _time);
        if (!(to > from))
            return new SurvivingDensity(nextTime, nextSpread, _drift, [], []);

        var wanted = Math.Ceiling((to - from) / (PanelWidth * Math.Min(nextSpread, _spread)));
        if (!(wanted * Rule.Length * _nodes.Length <= MaximumWork))
            return new SurvivingDensity(nextTime, nextSpread, _drift, [double.NaN], [double.NaN]);
        var panels = (int)wanted;
        var nodes = new double[panels * Rule.Length];
        var weights = new double[nodes.Length];
        var half = (to - from) / panels / 2;
        for (var p = 0; p < panels; p++)
        {
            for (var i = 0; i < Rule.Length; i++)
            {
                var at = p * Rule.Length + i;
                nodes[at] = from + half * (2 * p + 1 + Rule[i].Node);
                weights[at] = half * Rule[i].Weight * DensityAt(nodes[at]);
            }
        }

        // From here on each node stands for where its paths are expected at the next look.
        var shift = _drift * (nextTime - _time);
        if (shift != 0)
        {
            for (var i = 0; i < nodes.Length; i++)
                nodes[i] += shift;
        }

        return new SurvivingDensity(nextTime, nextSpread, _drift, nodes, weights);
    }

    private double DensityAt(double x)
    {
        var sum = 0.0;
        for (var i = 0; i < _nodes.Length; i++)
        {
            var distance = (x - _nodes[i]) / _spread;
            if (Math.Abs(distance) < 39)
                sum += _weights[i] * NormalDistribution.Density(distance);
        }

        return sum / _spread;
    }
}
