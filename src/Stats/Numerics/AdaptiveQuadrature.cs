namespace Splitstream.Stats.Numerics;

/// <summary>Adaptive integration of several functions at once over a finite interval; deterministic, summed in a fixed order.</summary>
/// <remarks>Gauss-Legendre panels of 16 nodes, halved until a panel agrees with its halves.</remarks>
internal static class AdaptiveQuadrature
{
    private const int Order = 16;
    private const int MaximumDepth = 40;

    private static readonly (double Node, double Weight)[] Rule = GaussLegendre.Rule(Order);

    /// <summary>Writes the values of all integrands at x into the span.</summary>
    public delegate void Integrand(double x, Span<double> values);

    /// <summary>Integrals of all functions over the panels between consecutive breakpoints.</summary>
    /// <param name="integrand">All functions at one point.</param>
    /// <param name="functions">How many there are.</param>
    /// <param name="breakpoints">Increasing; place them where an integrand has a step or a kink.</param>
    /// <param name="tolerance">Absolute difference at which a panel is accepted.</param>
    public static double[] Integrate(Integrand integrand, int functions, IReadOnlyList<double> breakpoints, double tolerance)
    {
        var total = new double[functions];
        for (var i = 0; i + 1 < breakpoints.Count; i++)
        {
            var (from, to) = (breakpoints[i], breakpoints[i + 1]);
            if (to > from)
                Refine(integrand, from, to, Panel(integrand, functions, from, to), tolerance, 0, total);
        }

        return total;
    }

    private static void Refine(Integrand integrand, double from, double to, double[] whole, double tolerance, int depth, double[] total)
    {
        var middle = from + (to - from) / 2;
        var left = Panel(integrand, whole.Length, from, middle);
        var right = Panel(integrand, whole.Length, middle, to);
        var accepted = true;
        for (var i = 0; i < whole.Length; i++)
            accepted &= Math.Abs(left[i] + right[i] - whole[i]) <= tolerance;
        if (accepted || depth >= MaximumDepth)
        {
            for (var i = 0; i < whole.Length; i++)
                total[i] += left[i] + right[i];
            return;
        }

        Refine(integrand, from, middle, left, tolerance, depth + 1, total);
        Refine(integrand, middle, to, right, tolerance, depth + 1, total);
    }

    private static double[] Panel(Integrand integrand, int functions, double from, double to)
    {
        Span<double> values = functions <= 64 ? stackalloc double[functions] : new double[functions];
        var sum = new double[functions];
        var half = (to - from) / 2;
        var centre = from + half;
        foreach (var (node, weight) in Rule)
        {
            integrand(centre + half * node, values);
            for (var i = 0; i < functions; i++)
                sum[i] += weight * values[i];
        }

        for (var i = 0; i < functions; i++)
            sum[i] *= half;
        return sum;
    }
}
