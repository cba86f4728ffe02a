namespace Splitstream.Stats.Numerics;

/// <summary>Adaptive integration of several functions at once over a finite interval; deterministic, summed in a fixed order.</summary>
/// <remarks>Gauss-Legendre panels of 16 nodes; the panel that agrees least with its halves is halved next (Piessens et al. 1983, QUADPACK).</remarks>
internal static class AdaptiveQuadrature
{
    private const int Order = 16;
    /// <summary>Bounds the work where rounding noise keeps panels from ever agreeing.</summary>
    private const int MaximumPanels = 1000;

    private static readonly (double Node, double Weight)[] Rule = GaussLegendre.Rule(Order);

    /// <summary>Writes the values of all integrands at x into the span.</summary>
    public delegate void Integrand(double x, Span<double> values);

    /// <summary>Integrals of all functions over the panels between consecutive breakpoints.</summary>
    /// <param name="integrand">All functions at one point; the controlled ones scaled so that their integrals are of order one at most.</param>
    /// <param name="functions">How many there are.</param>
    /// <param name="breakpoints">Increasing; place them where an integrand has a step or a kink.</param>
    /// <param name="tolerance">Absolute error at which to stop.</param>
    /// <param name="controlled">The tolerance is asked of this many functions, the first ones; the others come along.</param>
    public static double[] Integrate(
        Integrand integrand, int functions, IReadOnlyList<double> breakpoints, double tolerance, int controlled)
    {
        var accepted = new List<Part>();
        var open = new PriorityQueue<Part, double>();
        var openError = 0.0;
        for (var i = 0; i + 1 < breakpoints.Count; i++)
        {
            if (breakpoints[i + 1] > breakpoints[i])
                Split(new Part(breakpoints[i], breakpoints[i + 1], Panel(integrand, functions, breakpoints[i], breakpoints[i + 1]), 0));
        }

        // Always the panel with the largest error, until what is left cannot matter.
        while (open.Count > 0 && openError > tolerance && accepted.Count + open.Count < MaximumPanels)
        {
            var worst = open.Dequeue();
            openError -= worst.Error;
            Split(worst);
        }

        while (open.TryDequeue(out var part, out _))
            accepted.Add(part);
        accepted.Sort((left, right) => left.From.CompareTo(right.From));
        var total = new double[functions];
        foreach (var part in accepted)
        {
            for (var i = 0; i < functions; i++)
                total[i] += part.Values[i];
        }

        return total;

        void Split(Part whole)
        {
            var middle = whole.From + (whole.To - whole.From) / 2;
            var left = Panel(integrand, functions, whole.From, middle);
            var right = Panel(integrand, functions, middle, whole.To);
            var error = 0.0;
            for (var i = 0; i < controlled; i++)
                error = Math.Max(error, Math.Abs(left[i] + right[i] - whole.Values[i]));

            // The discrepancy is the error of the whole; that of either half is far smaller, so this errs on the safe side.
            foreach (var half in (Part[])[new(whole.From, middle, left, error / 2), new(middle, whole.To, right, error / 2)])
            {
                if (error <= tolerance / MaximumPanels || middle <= whole.From || middle >= whole.To)
                {
                    accepted.Add(half);
                }
                else
                {
                    open.Enqueue(half, -half.Error);
                    openError += half.Error;
                }
            }
        }
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

    private sealed record Part(double From, double To, double[] Values, double Error);
}
