using System.Runtime.CompilerServices;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Calibration;

/// <summary>Standard normal values: one draw of random bits, two table entries and a product for 99 of 100.</summary>
/// <remarks>
/// Marsaglia and Tsang 2000 (Journal of Statistical Software 5, 8) with 256 layers of equal area. Layer, sign and place come from different
/// bits, which Doornik 2005 ("An improved ziggurat method to generate normal random samples") asks for.
/// </remarks>
internal static class Ziggurat
{
    private const int Layers = 256;

    /// <summary>Where the base layer's rectangle ends and the tail begins, which belongs to it, for 256 layers.</summary>
    private const double TailBegin = 3.6541528853610088;

    /// <summary>Right ends of the layers, from the base to the top, where the last is 0; the base's as if all of it were a rectangle.</summary>
    private static readonly double[] Ends = BuildEnds();

    private static readonly double[] Heights = [.. Ends.Select(Height)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Draw(ref RunRandom random)
    {
        var bits = random.Next();
        var layer = (int)(bits & (Layers - 1));
        var x = (((long)bits >> 11) + 0.5) * (1.0 / (1L << 52)) * Ends[layer];
        if (Math.Abs(x) < Ends[layer + 1])
            return x;

        // A copy, so that a caller's own state may stay in registers.
        var copy = random;
        x = Outside(layer, x, ref copy);
        random = copy;
        return x;
    }

    /// <summary>A place that is not surely under the density: in the tail, in a wedge, or drawn again.</summary>
    private static double Outside(int layer, double x, ref RunRandom random)
    {
        if (layer == 0)
            return Math.CopySign(BeyondTail(ref random), x);
        var isUnder = Heights[layer] + (random.Uniform() * (Heights[layer + 1] - Heights[layer])) < Height(x);
        return isUnder ? x : Draw(ref random);
    }

    /// <remarks>Marsaglia 1964: an exponential beyond the tail's begin, thinned.</remarks>
    private static double BeyondTail(ref RunRandom random)
    {
        while (true)
        {
            var beyond = -Elementary.Log(random.Uniform()) / TailBegin;
            if (-2 * Elementary.Log(random.Uniform()) > beyond * beyond)
                return TailBegin + beyond;
        }
    }

    private static double Height(double x) => Elementary.Exp(-0.5 * x * x);

    private static double[] BuildEnds()
    {
        var area = (TailBegin * Height(TailBegin)) + (NormalDistribution.Cdf(TailBegin, Tail.Upper) * Math.Sqrt(2 * Math.PI));
        var ends = new double[Layers + 1];
        ends[0] = area / Height(TailBegin);
        ends[1] = TailBegin;
        for (var layer = 1; layer < Layers - 1; layer++)
            ends[layer + 1] = Math.Sqrt(-2 * Elementary.Log(Height(ends[layer]) + (area / ends[layer])));
        return ends;
    }
}
