namespace Splitstream.Stats.Numerics;

/// <summary>Nodes and weights of Gauss-Legendre quadrature on [-1, 1], computed from the recurrence of the Legendre polynomials.</summary>
/// <remarks>DLMF 3.5.19 and 18.9.1. Newton's method from evenly spread points finds each root; no trigonometric function is needed.</remarks>
internal static class GaussLegendre
{
    /// <summary>The rule of the given order, nodes increasing.</summary>
    public static (double Node, double Weight)[] Rule(int order)
    {
        var rule = new (double Node, double Weight)[order];
        var half = order / 2;

        // Roots of neighbouring degrees separate each other: bisect between the roots of the degree below.
        double[] roots = [];
        for (var degree = 1; degree <= order; degree++)
        {
            var next = new double[degree];
            for (var i = 0; i < degree; i++)
            {
                var low = i == 0 ? -1 : roots[i - 1];
                var high = i == degree - 1 ? 1 : roots[i];
                next[i] = Root(degree, low, high);
            }

            roots = next;
        }

        for (var i = 0; i < order; i++)
        {
            // Made symmetric, so that odd functions integrate to exactly zero.
            var x = i < half ? roots[i] : order % 2 == 1 && i == half ? 0 : -roots[order - 1 - i];
            var (_, slope) = Legendre(order, x);
            rule[i] = (x, 2 / ((1 - x * x) * slope * slope));
        }

        return rule;
    }

    private static double Root(int degree, double low, double high)
    {
        var rising = Legendre(degree, high).Value > 0;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (Legendre(degree, middle).Value > 0 == rising)
                high = middle;
            else
                low = middle;
        }

        var x = (low + high) / 2;
        var (value, slope) = Legendre(degree, x);
        return x - value / slope;
    }

    private static (double Value, double Slope) Legendre(int degree, double x)
    {
        double previous = 1, current = x;
        for (var k = 2; k <= degree; k++)
            (previous, current) = (current, ((2 * k - 1) * x * current - (k - 1) * previous) / k);
        return degree == 0 ? (1, 0) : (current, degree * (previous - x * current) / ((1 - x) * (1 + x)));
    }
}
