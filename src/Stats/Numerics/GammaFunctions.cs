namespace Splitstream.Stats.Numerics;

/// <summary>
/// The logarithm of the gamma function and what is built on it. Differences of log-gammas of a million lose nine digits; the
/// functions here therefore work with <see cref="StirlingRemainder"/>, which stays small, and combine the large parts by hand.
/// </summary>
/// <remarks>DLMF 5.11.1; the approach of DiDonato and Morris 1992 (ACM TOMS 708: bcorr, algdiv), written anew.</remarks>
public static class GammaFunctions
{
    private const double StirlingFrom = 10;

    /// <summary>B_2k / (2k (2k-1)), k = 1..8: the coefficients of Stirling's series.</summary>
    private static readonly double[] Stirling =
    [
        1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156, -3617.0 / 122400,
    ];

    /// <summary>zeta(k) - 1 for k = 2..28.</summary>
    private static readonly double[] ZetaMinusOne =
    [
        0.64493406684822643647, 0.2020569031595942854, 0.082323233711138191516, 0.036927755143369926331, 0.017343061984449139715,
        0.0083492773819228268398, 0.0040773561979443393787, 0.0020083928260822144179, 0.00099457512781808533715,
        0.0004941886041194645587, 0.00024608655330804829864, 0.00012271334757848914675, 0.000061248135058704829259,
        0.000030588236307020493552, 0.000015282259408651871733, 7.6371976378997622736e-6, 3.8172932649998398565e-6,
        1.9082127165539389257e-6, 9.5396203387279611315e-7, 4.7693298678780646312e-7, 2.3845050272773299e-7,
        1.1921992596531107307e-7, 5.9608189051259479612e-8, 2.9803503514652280186e-8, 1.4901554828365041235e-8,
        7.450711789835429492e-9, 3.7253340247884570548e-9,
    ];

    /// <summary>ln Gamma(z) for z above 0.</summary>
    public static double LogGamma(double z)
    {
        if (z < 0.5)
            return LogGammaOnePlus(z) - Elementary.Log(z);
        if (z < 1.5)
            return LogGammaOnePlus(z - 1);
        if (z < 2.5)
            return LogGammaOnePlus(z - 2) + Elementary.Log1p(z - 2);
        var shifted = z;
        var product = 1.0;
        while (shifted < StirlingFrom)
        {
            product *= shifted;
            shifted += 1;
        }

        return (shifted - 0.5) * Elementary.Log(shifted) - shifted + Elementary.HalfLogTwoPi + StirlingSeries(shifted)
            - (product > 1 ? Elementary.Log(product) : 0);
    }

    /// <summary>ln Gamma(1 + z) for |z| at most 1/2, to full relative accuracy near zero.</summary>
    /// <remarks>DLMF 5.7.3: -ln(1+z) + (1 - gamma) z + sum over k of (zeta(k) - 1) (-z)^k / k.</remarks>
    public static double LogGammaOnePlus(double z)
    {
        const double EulerGamma = 0.57721566490153286061;
        var sum = 0.0;
        for (var k = ZetaMinusOne.Length + 1; k >= 2; k--)
            sum = sum * -z + ZetaMinusOne[k - 2] / k;
        return Elementary.LogExcess(z) - EulerGamma * z + sum * z * z;
    }

    /// <summary>ln Gamma(z) - [(z - 1/2) ln z - z + ln(2 pi)/2], z above 0: what Stirling's formula leaves over, about 1/(12 z).</summary>
    public static double StirlingRemainder(double z) => z >= StirlingFrom
        ? StirlingSeries(z)
        : LogGamma(z) - ((z - 0.5) * Elementary.Log(z) - z + Elementary.HalfLogTwoPi);

    /// <summary>ln B(a, b), the logarithm of the beta function; a and b above 0, no cancellation for large ones.</summary>
    public static double LogBeta(double a, double b)
    {
        var small = Math.Min(a, b);
        var large = Math.Max(a, b);
        if (small < StirlingFrom)
            return LogGamma(small) + LogGammaRatio(large, small);

        // (a - 1/2) ln(a/(a+b)) + b ln(b/(a+b)) - ln(b)/2 + constants, larger parameter as b.
        return -0.5 * Elementary.Log(large) + Elementary.HalfLogTwoPi
            + StirlingSeries(small) + StirlingSeries(large) - StirlingSeries(small + large)
            - (small - 0.5) * Elementary.Log1p(large / small)
            - large * Elementary.Log1p(small / large);
    }

    /// <summary>ln Gamma(z) - ln Gamma(z + step) for z and step above 0, without cancellation when z is large.</summary>
    public static double LogGammaRatio(double z, double step) => z < StirlingFrom
        ? LogGamma(z) - LogGamma(z + step)
        : StirlingSeries(z) - StirlingSeries(z + step) + step
            - step * Elementary.Log(z) - (z + step - 0.5) * Elementary.Log1p(step / z);

    /// <summary>Stirling's series, for z of 10 or more; the first term left out is below 2e-18.</summary>
    private static double StirlingSeries(double z)
    {
        var w = 1 / (z * z);
        var sum = 0.0;
        for (var i = Stirling.Length - 1; i >= 0; i--)
            sum = sum * w + Stirling[i];
        return sum / z;
    }
}
