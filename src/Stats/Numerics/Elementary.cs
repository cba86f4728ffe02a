namespace Splitstream.Stats.Numerics;

/// <summary>
/// Exponential and logarithm from additions, multiplications, divisions and square roots only. The library functions behind
/// <see cref="Math.Exp"/> and <see cref="Math.Log(double)"/> differ in the last bit between operating systems, C libraries and
/// processors; these do not, so that a snapshot verifies to the bit on any machine.
/// </summary>
/// <remarks>Errors stay below one unit in the last place for <see cref="Exp"/>, <see cref="Log"/> and <see cref="Log1p"/> (measured).</remarks>
public static class Elementary
{
    /// <summary>ln 2.</summary>
    public const double Ln2 = 0.693147180559945309417;

    /// <summary>ln 10.</summary>
    public const double Ln10 = 2.302585092994045684018;

    /// <summary>ln(2 pi) / 2.</summary>
    public const double HalfLogTwoPi = 0.918938533204672741780;

    // ln 2 in two parts: the first has 21 trailing zero bits, so its product with any exponent is exact.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double SqrtHalf = 0.70710678118654752440;

    /// <summary>1/n! for n = 2..13.</summary>
    private static readonly double[] InverseFactorials = BuildInverseFactorials();

    /// <summary>e to the x. Underflows to 0 below about -745.2 and is infinite above about 709.78.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x))
            return double.NaN;
        if (x > 709.79)
            return double.PositiveInfinity;
        if (x < -745.2)
            return 0;
        var k = Math.Round(x * (1 / Ln2));
        var high = x - k * Ln2High;
        var low = k * Ln2Low;
        var r = high - low;
        var rest = (high - r) - low;
        var y = 1 + (r + (r * r * ExponentialSeries(r) + rest));
        return Math.ScaleB(y, (int)k);
    }

    /// <summary>e to the x, minus one, without cancellation near zero.</summary>
    public static double Expm1(double x) =>
        Math.Abs(x) < 0.34 ? x + x * x * ExponentialSeries(x) : Exp(x) - 1;

    /// <summary>Natural logarithm; -infinity at 0, NaN below.</summary>
    public static double Log(double x)
    {
        if (double.IsNaN(x) || x < 0)
            return double.NaN;
        if (x == 0)
            return double.NegativeInfinity;
        if (double.IsPositiveInfinity(x))
            return x;
        var exponent = Math.ILogB(x);
        var m = Math.ScaleB(x, -exponent);
        if (m > 2 * SqrtHalf)
        {
            m *= 0.5;
            exponent++;
        }

        var f = m - 1;
        return exponent * Ln2High - ((LogExcessSmall(f) - exponent * Ln2Low) - f);
    }

    /// <summary>Natural logarithm of 1 + x, without cancellation near zero; NaN below -1.</summary>
    public static double Log1p(double x)
    {
        if (x > SqrtHalf - 1 && x < 2 * SqrtHalf - 1)
            return x - LogExcessSmall(x);
        var u = 1 + x;
        if (u <= 0 || double.IsPositiveInfinity(u))
            return Log(u);

        // What was lost in rounding 1 + x, to first order.
        var lost = x > 1 ? 1 - (u - x) : x - (u - 1);
        return Log(u) + lost / u;
    }

    /// <summary>x - ln(1 + x), never negative, without cancellation near zero; +infinity at -1.</summary>
    /// <remarks>The kernel of every large-parameter density here (called rlog1 by DiDonato and Morris 1992, TOMS 708).</remarks>
    public static double LogExcess(double x) =>
        x > SqrtHalf - 1 && x < 2 * SqrtHalf - 1 ? LogExcessSmall(x) : x - Log1p(x);

    /// <summary>ln(1 - e^x) for x at most 0: the logarithm of the other tail from the logarithm of one.</summary>
    public static double LogOneMinusExp(double x) => x > -Ln2 ? Log(-Expm1(x)) : Log1p(-Exp(x));

    /// <summary>Base-10 logarithm from a natural one.</summary>
    public static double Log10FromLog(double naturalLog) => naturalLog / Ln10;

    /// <summary>(e^r - 1 - r) / r^2 by Taylor's series; |r| at most 0.35 leaves less than 1e-17.</summary>
    private static double ExponentialSeries(double r)
    {
        var sum = 0.0;
        for (var i = InverseFactorials.Length - 1; i >= 0; i--)
            sum = sum * r + InverseFactorials[i];
        return sum;
    }

    /// <summary>
    /// f - ln(1 + f) for 1 + f between sqrt(1/2) and sqrt(2). With s = f/(2+f): ln(1+f) = 2 artanh(s) and 2s = f - s f, whence
    /// f - ln(1+f) = f^2/2 - s (f^2/2 + R), R = 2 (s^2/3 + s^4/5 + ...).
    /// </summary>
    private static double LogExcessSmall(double f)
    {
        var s = f / (2 + f);
        var z = s * s;
        var r = 0.0;
        for (var n = 12; n >= 1; n--)
            r = (r + 2.0 / (2 * n + 1)) * z;
        var half = 0.5 * f * f;
        return half - s * (half + r);
    }

    private static double[] BuildInverseFactorials()
    {
        var result = new double[12];
        var factorial = 1.0;
        for (var n = 2; n <= 13; n++)
        {
            factorial *= n;
            result[n - 2] = 1 / factorial;
        }

        return result;
    }
}
