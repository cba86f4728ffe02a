using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Calibration;

/// <summary>
/// Whether P(better) or P(worse) of two conversion rates with Beta(1, 1) priors exceeds a threshold: the answer of
/// <see cref="BetaComparison"/>, reached without it where an expansion leaves no doubt.
/// </summary>
/// <remarks>
/// The posterior difference has the deviate mean / sd; its skewness and kurtosis correct it (Cornish and Fisher 1938). What the two
/// steps may be wrong by falls with the smallest count and is bounded generously; a test compares millions of cases with the exact answer.
/// </remarks>
internal readonly struct PosteriorThreshold
{
    private readonly double _threshold;
    private readonly double _deviate;
    private readonly double _plainDoubt;
    private readonly double _correctedDoubt;

    /// <param name="threshold">In (0.5, 1).</param>
    public PosteriorThreshold(double threshold)
    {
        Guard.Probability(threshold);
        _threshold = threshold;
        _deviate = NormalDistribution.Quantile(1 - threshold, Tail.Upper);
        var square = _deviate * _deviate;
        _plainDoubt = 0.4 * square + 0.5;
        _correctedDoubt = 0.06 * square * square + 0.5;
    }

    /// <summary>The deviate of the threshold: Phi of it is the threshold.</summary>
    public double Deviate => _deviate;

    /// <summary>Plain deviates below this, with at least <see cref="FewestForScreen"/> of each kind, are certainly on neither side.</summary>
    public double Screen => Math.Max(0, _deviate - (_plainDoubt / Math.Sqrt(FewestForScreen)));

    /// <summary>Conversions and failures, per variant, above which <see cref="Screen"/> holds.</summary>
    public const int FewestForScreen = 60;

    /// <summary>Normal deviate of P(better): corrected, for thresholds near this one. Positive when treatment is ahead.</summary>
    public static double CorrectedDeviate(long controlUnits, long controlConversions, long treatmentUnits, long treatmentConversions)
    {
        var (m1, v1, s1, k1) = Cumulants(controlUnits, controlConversions);
        var (m2, v2, s2, k2) = Cumulants(treatmentUnits, treatmentConversions);
        var variance = v1 + v2;
        var x = (m1 - m2) / Math.Sqrt(variance);
        var skewness = (s2 - s1) / (variance * Math.Sqrt(variance));
        var kurtosis = (k1 + k2) / (variance * variance);
        return -(x
            - skewness / 6 * (x * x - 1)
            - kurtosis / 24 * (x * x * x - 3 * x)
            + skewness * skewness / 36 * (4 * x * x * x - 7 * x));
    }

    /// <summary>1 when P(better) is above the threshold, -1 when P(worse) is, else 0.</summary>
    public int Side(long controlUnits, long controlConversions, long treatmentUnits, long treatmentConversions)
    {
        var fewest = 1 + Math.Min(
            Math.Min(controlConversions, controlUnits - controlConversions),
            Math.Min(treatmentConversions, treatmentUnits - treatmentConversions));
        var deviate = CorrectedDeviate(controlUnits, controlConversions, treatmentUnits, treatmentConversions);
        var doubt = _correctedDoubt / (fewest * Math.Sqrt(fewest));
        if (Math.Abs(Math.Abs(deviate) - _deviate) > doubt && doubt < 0.5)
        {
            return Math.Abs(deviate) < _deviate ? 0 : Math.Sign(deviate);
        }

        var exact = BetaComparison.ProbabilityBetter(
            BetaPosterior.Uniform.Update(new ConversionCounts(controlUnits, controlConversions)),
            BetaPosterior.Uniform.Update(new ConversionCounts(treatmentUnits, treatmentConversions)));
        return exact.BGreater > _threshold ? 1 : exact.AGreater > _threshold ? -1 : 0;
    }

    /// <summary>Mean and second to fourth cumulant of the posterior, Johnson, Kotz and Balakrishnan 1995, chapter 25.</summary>
    private static (double Mean, double Variance, double Third, double Fourth) Cumulants(long units, long conversions)
    {
        double a = conversions + 1, b = units - conversions + 1, n = a + b;
        var mean = a / n;
        var variance = mean * (b / n) / (n + 1);
        var third = variance * 2 * (b - a) / (n * (n + 2));
        var fourth = variance * variance * 6 * (((a - b) * (a - b) * (n + 1)) - (a * b * (n + 2))) / (a * b * (n + 2) * (n + 3));
        return (mean, variance, third, fourth);
    }
}
