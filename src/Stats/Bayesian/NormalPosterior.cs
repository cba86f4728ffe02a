using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Bayesian;

/// <summary>Belief about a mean or an effect: a normal distribution.</summary>
/// <remarks>Gelman et al., <i>Bayesian Data Analysis</i>, section 2.5.</remarks>
public sealed record NormalPosterior
{
    /// <summary>A belief with finite mean and a positive, finite standard deviation.</summary>
    public NormalPosterior(double mean, double standardDeviation)
    {
        Guard.Finite(mean);
        Guard.Positive(standardDeviation);
        Mean = mean;
        StandardDeviation = standardDeviation;
    }

    /// <summary>Centre of the belief.</summary>
    public double Mean { get; }

    /// <summary>Its standard deviation, above 0.</summary>
    public double StandardDeviation { get; }

    /// <summary>The belief about minus the quantity. Turns "lower is better" into "higher is better".</summary>
    public NormalPosterior Mirror() => new(-Mean, StandardDeviation);

    /// <summary>P(quantity > 0), computed directly also when tiny.</summary>
    public double ProbabilityAboveZero => ProbabilityAbove(0);

    /// <summary>P(quantity &lt; 0), computed directly also when tiny.</summary>
    public double ProbabilityBelowZero => NormalDistribution.Cdf(-Mean / StandardDeviation, Tail.Lower);

    /// <summary>E[max(-effect, 0)]: what shipping costs on average where the effect is in truth negative.</summary>
    /// <remarks>sd phi(z) - mean (1 - Phi(z)), z = mean/sd.</remarks>
    public double RiskOfShipping => PartialExpectation(Mean / StandardDeviation) * StandardDeviation;

    /// <summary>E[max(effect, 0)]: what keeping the control costs on average.</summary>
    public double RiskOfKeeping => PartialExpectation(-Mean / StandardDeviation) * StandardDeviation;

    /// <summary>Posterior of an effect under a flat prior: the estimate itself with its standard error.</summary>
    /// <returns>Inconclusive for a standard error of zero.</returns>
    public static Computed<NormalPosterior> FromFlatPrior(double estimate, double standardError)
    {
        Guard.Finite(estimate);
        Guard.NotNegative(standardError);
        if (standardError == 0)
            return new Inconclusive(Inconclusive.ZeroVariance, "A standard error of zero leaves nothing to believe.");
        return new NormalPosterior(estimate, standardError);
    }

    /// <summary>Posterior under a normal prior: precision-weighted mean, w = 1/priorVariance + 1/se^2, sd = 1/sqrt(w).</summary>
    /// <returns>Inconclusive when the result is outside the range of a double.</returns>
    public static Computed<NormalPosterior> FromPrior(double priorMean, double priorVariance, double estimate, double standardError)
    {
        Guard.Finite(priorMean);
        Guard.Positive(priorVariance);
        Guard.Finite(estimate);
        Guard.Positive(standardError);
        var prior = 1 / priorVariance;
        var data = 1 / standardError / standardError;
        var weight = prior + data;
        var mean = priorMean * (prior / weight) + estimate * (data / weight);
        var deviation = 1 / Math.Sqrt(weight);
        if (!double.IsFinite(mean) || !double.IsFinite(deviation) || deviation == 0)
            return new Inconclusive(Inconclusive.Overflow, "The precision is outside the range of a double.");
        return new NormalPosterior(mean, deviation);
    }

    /// <summary>The belief about this quantity minus an independent other one: treatment minus control.</summary>
    public NormalPosterior Minus(NormalPosterior other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var (large, small) = (
            Math.Max(StandardDeviation, other.StandardDeviation), Math.Min(StandardDeviation, other.StandardDeviation));
        var ratio = small / large;
        return new NormalPosterior(Mean - other.Mean, large * Math.Sqrt(1 + ratio * ratio));
    }

    /// <summary>P(quantity > threshold).</summary>
    public double ProbabilityAbove(double threshold) => NormalDistribution.Cdf((threshold - Mean) / StandardDeviation, Tail.Upper);

    /// <summary>Equal-tailed interval, also the one of highest density: mean -/+ normal quantile times sd.</summary>
    public CredibleInterval Interval(double level)
    {
        Guard.Probability(level);
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * StandardDeviation;
        return new CredibleInterval(Mean - half, Mean + half, level);
    }

    /// <summary>phi(z) - z Q(z): expected amount by which a standard normal exceeds z.</summary>
    private static double PartialExpectation(double z)
    {
        if (z < 4)
            return NormalDistribution.Density(z) - z * NormalDistribution.Cdf(z, Tail.Upper);
        if (z > 39)
            return 0;

        // Far out both terms nearly cancel. Repeated integrals of the tail obey Y_n = (phi-scaled) continued fraction
        // (DLMF 7.18.7): with r = 1/(z + 2/(z + 3/(z + ...))) the amount is Q(z) r.
        var fraction = z;
        for (var n = 60; n >= 2; n--)
            fraction = z + n / fraction;
        return NormalDistribution.Cdf(z, Tail.Upper) / fraction;
    }
}
