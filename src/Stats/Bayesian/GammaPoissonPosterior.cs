using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Bayesian;

/// <summary>Belief about the mean of a count per unit (or per unit of time): a gamma distribution, prior and posterior alike.</summary>
/// <remarks>
/// Gelman et al., <i>Bayesian Data Analysis</i>, section 2.6. Counts must be Poisson: where some units count far more than others the
/// variance exceeds the mean, and this belief is too sure of itself; use a <see cref="NormalPosterior"/> of the mean there.
/// </remarks>
public sealed record GammaPoissonPosterior
{
    /// <summary>A belief with positive, finite shape and rate.</summary>
    public GammaPoissonPosterior(double shape, double rate)
    {
        Guard.Positive(shape);
        Guard.Positive(rate);
        Shape = shape;
        Rate = rate;
    }

    /// <summary>Events plus the prior's share of them, above 0.</summary>
    public double Shape { get; }

    /// <summary>Units (or time) plus the prior's share of them, above 0.</summary>
    public double Rate { get; }

    /// <summary>Shape / rate, in events per unit.</summary>
    public double Mean => Shape / Rate;

    /// <summary>Shape / rate^2.</summary>
    public double Variance => Shape / Rate / Rate;

    /// <summary>(Shape - 1) / rate; 0 up to shape 1, where the density has no inner peak.</summary>
    public double Mode => Shape > 1 ? (Shape - 1) / Rate : 0;

    /// <summary>
    /// The belief after seeing <paramref name="events"/> among <paramref name="exposure"/> units (or time), both at least 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or not finite.</exception>
    public GammaPoissonPosterior Update(long events, double exposure)
    {
        Guard.AtLeast(events, 0);
        Guard.NotNegative(exposure);
        return new GammaPoissonPosterior(Shape + events, Rate + exposure);
    }

    /// <summary>P(mean above x), x finite and at least 0; accurate also where tiny.</summary>
    public double ProbabilityAbove(double x)
    {
        Guard.NotNegative(x);
        return Elementary.Exp(GammaTails.At(Shape, x * Rate).Of(Tail.Upper));
    }

    /// <summary>The quantiles with (1 - level)/2 below and above; level in (0, 1).</summary>
    public CredibleInterval EqualTailedInterval(double level)
    {
        Guard.Probability(level);
        var outside = (1 - level) / 2;
        return new CredibleInterval(Quantile(outside, Tail.Lower) / Rate, Quantile(outside, Tail.Upper) / Rate, level);
    }

    /// <summary>The shortest interval of mass <paramref name="level"/>: equal density at both ends, or from 0 up to shape 1.</summary>
    /// <remarks>Hyndman 1996. Bisection-guarded search over the mass below the interval, in which the density ratio is monotone.</remarks>
    public CredibleInterval HighestDensityInterval(double level)
    {
        Guard.Probability(level);
        var outside = 1 - level;
        if (Shape <= 1)
            return new CredibleInterval(0, Quantile(outside, Tail.Upper) / Rate, level);

        // The logit of below/outside ranges over the whole line; the log density ratio of the ends increases in it.
        var (lower, upper) = Ends(MonotoneRoot.Solve(LogDensityRatio, 0, 1, 1e-12));
        return new CredibleInterval(lower / Rate, upper / Rate, level);

        (double Lower, double Upper) Ends(double split) => (
            Quantile(Math.Max(outside / (1 + Elementary.Exp(-split)), 1e-300), Tail.Lower),
            Quantile(Math.Max(outside / (1 + Elementary.Exp(split)), 1e-300), Tail.Upper));

        (double Value, double Slope) LogDensityRatio(double split)
        {
            var (low, high) = Ends(split);
            var ratio = (Shape - 1) * Elementary.Log(low / high) - (low - high);
            var mass = outside / (1 + Elementary.Exp(-split)) / (1 + Elementary.Exp(split));
            var slopeLow = (Shape - 1 - low) * mass / Elementary.Exp(GammaTails.LogKernel(Shape, low));
            var slopeHigh = (Shape - 1 - high) * mass / Elementary.Exp(GammaTails.LogKernel(Shape, high));
            return (ratio, slopeLow - slopeHigh);
        }
    }

    /// <summary>Quantile for rate 1: half that of chi-square with twice the shape.</summary>
    private double Quantile(double p, Tail tail) => ChiSquareDistribution.Quantile(p, 2 * Shape, tail) / 2;
}
