using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Regression;

/// <summary>The estimated covariance of the coefficients of one fit, and the tests it allows.</summary>
public sealed class CoefficientCovariance
{
    private readonly double[] _coefficients;
    private readonly double[,] _covariance;

    internal CoefficientCovariance(double[] coefficients, double[,] covariance, double degreesOfFreedom)
    {
        _coefficients = coefficients;
        _covariance = covariance;
        DegreesOfFreedom = degreesOfFreedom;
    }

    /// <summary>Of the t and F distributions used: rows minus coefficients, or clusters minus one. At least 1.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>Covariance of two coefficients; 0 is the intercept.</summary>
    public double this[int first, int second] => _covariance[first, second];

    /// <summary>Standard error of one coefficient, at least 0; 0 is the intercept.</summary>
    public double StandardError(int coefficient)
    {
        Guard.Index(coefficient, _coefficients.Length);
        return Math.Sqrt(_covariance[coefficient, coefficient]);
    }

    /// <summary>t test that one coefficient is zero, with its interval.</summary>
    /// <param name="coefficient">0 for the intercept, 1 for the first column.</param>
    /// <param name="level">Coverage of the interval, in (0, 1).</param>
    /// <returns>Inconclusive when the standard error is zero (a perfect fit) or not finite.</returns>
    public Computed<CoefficientTest> Test(int coefficient, double level = 0.95)
    {
        Guard.Index(coefficient, _coefficients.Length);
        Guard.Probability(level);
        var error = StandardError(coefficient);
        if (error == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "The fit is perfect: nothing is left to measure its error with.");
        var t = _coefficients[coefficient] / error;
        var half = StudentDistribution.Quantile((1 - level) / 2, DegreesOfFreedom, Tail.Upper) * error;
        if (!double.IsFinite(t) || !double.IsFinite(half))
            return new Inconclusive(Inconclusive.Overflow, "The test is outside the range of a double.");
        return new CoefficientTest(
            _coefficients[coefficient],
            error,
            t,
            DegreesOfFreedom,
            StudentDistribution.TwoSided(t, DegreesOfFreedom),
            new ConfidenceInterval(_coefficients[coefficient] - half, _coefficients[coefficient] + half, level));
    }

    /// <summary>F test that several coefficients are all zero: b' V^-1 b / q with q and <see cref="DegreesOfFreedom"/>.</summary>
    /// <param name="coefficients">Distinct indices, at least one; 0 is the intercept.</param>
    /// <returns>Inconclusive when their covariance is singular: more coefficients than clusters, or a perfect fit.</returns>
    /// <remarks>Wald 1943, divided by q and referred to F as in Cameron and Miller 2015, section VII.</remarks>
    public Computed<FTestResult> TestTogether(IReadOnlyList<int> coefficients)
    {
        ArgumentNullException.ThrowIfNull(coefficients);
        if (coefficients.Count == 0 || coefficients.Distinct().Count() != coefficients.Count)
            throw new ArgumentException("At least one coefficient, each once.", nameof(coefficients));
        foreach (var index in coefficients)
        {
            if (index < 0 || index >= _coefficients.Length)
                throw new ArgumentOutOfRangeException(nameof(coefficients), index, $"There are {_coefficients.Length} coefficients.");
        }

        // Cholesky of the correlation matrix, so that units do not matter; |L^-1 t|^2 is the statistic.
        var count = coefficients.Count;
        var root = new double[count, count];
        var t = new double[count];
        var wald = 0.0;
        for (var i = 0; i < count; i++)
        {
            var error = StandardError(coefficients[i]);
            t[i] = _coefficients[coefficients[i]] / error;
            for (var j = 0; j <= i; j++)
            {
                var entry = _covariance[coefficients[i], coefficients[j]] / error / StandardError(coefficients[j]);
                for (var k = 0; k < j; k++)
                    entry -= root[i, k] * root[j, k];
                if (i > j)
                    root[i, j] = entry / root[j, j];
                else if (entry > 1e-10)
                    root[i, i] = Math.Sqrt(entry);
                else
                    return new Inconclusive(Inconclusive.RankDeficient, "The covariance of these coefficients is singular.");
            }

            for (var k = 0; k < i; k++)
                t[i] -= root[i, k] * t[k];
            t[i] /= root[i, i];
            wald += t[i] * t[i];
        }

        return FTestResult.Compute(wald / count, count, DegreesOfFreedom);
    }
}
