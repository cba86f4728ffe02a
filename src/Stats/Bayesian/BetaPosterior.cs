using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Bayesian;

/// <summary>Belief about a conversion rate: a beta distribution, prior and posterior alike.</summary>
/// <remarks>Gelman et al., <i>Bayesian Data Analysis</i>, section 2.4.</remarks>
public sealed record BetaPosterior
{
    /// <summary>A belief with both shape parameters positive and finite.</summary>
    public BetaPosterior(double alpha, double beta)
    {
        Guard.Positive(alpha);
        Guard.Positive(beta);
        Alpha = alpha;
        Beta = beta;
    }

    /// <summary>The uniform distribution, Beta(1, 1): the default prior.</summary>
    public static BetaPosterior Uniform { get; } = new(1, 1);

    /// <summary>Conversions plus the prior's share of them, above 0.</summary>
    public double Alpha { get; }

    /// <summary>Failures plus the prior's share of them, above 0.</summary>
    public double Beta { get; }

    /// <summary>a / (a + b), in (0, 1).</summary>
    public double Mean => Share(Alpha, Beta);

    /// <summary>ab / ((a+b)^2 (a+b+1)).</summary>
    public double Variance => Share(Alpha, Beta) * Share(Beta, Alpha) / (Alpha + Beta + 1);

    /// <summary>(a-1) / (a+b-2); null unless both parameters exceed 1, where no single inner peak exists.</summary>
    public double? Mode => Alpha > 1 && Beta > 1 ? Share(Alpha - 1, Beta - 1) : null;

    /// <summary>The belief about the share of units that do not convert. Turns "lower is better" into "higher is better".</summary>
    public BetaPosterior Mirror() => new(Beta, Alpha);

    /// <summary>The belief after seeing data: alpha + conversions, beta + failures.</summary>
    public BetaPosterior Update(ConversionCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        counts.Check();
        return new BetaPosterior(Alpha + counts.Conversions, Beta + counts.Failures);
    }

    /// <summary>The quantiles with (1 - level)/2 below and above; level in (0, 1).</summary>
    public CredibleInterval EqualTailedInterval(double level)
    {
        Guard.Probability(level);
        var outside = (1 - level) / 2;
        return new CredibleInterval(
            BetaDistribution.Quantile(Alpha, Beta, outside, Tail.Lower),
            BetaDistribution.Quantile(Alpha, Beta, outside, Tail.Upper),
            level);
    }

    /// <summary>
    /// The shortest interval of mass <paramref name="level"/>: equal density at both ends when both parameters exceed 1; from 0 when
    /// only beta does, up to 1 when only alpha does.
    /// </summary>
    /// <returns>Inconclusive when neither parameter exceeds 1, or when one is beyond about 1e12.</returns>
    /// <remarks>Hyndman 1996. Newton's method on the drop of the log density from the mode to both ends; see <see cref="BetaPeak"/>.</remarks>
    public Computed<CredibleInterval> HighestDensityInterval(double level)
    {
        Guard.Probability(level);
        if (Alpha <= 1 && Beta <= 1)
            return new Inconclusive(Inconclusive.NoSingleMode, "The density has no single peak.");
        if (Alpha <= 1)
            return Conclude(0, BetaDistribution.Quantile(Alpha, Beta, level, Tail.Lower));
        if (Beta <= 1)
            return Conclude(BetaDistribution.Quantile(Alpha, Beta, level, Tail.Upper), 1);

        var (lower, upper) = new BetaPeak(Alpha, Beta).Ends(level);
        return Conclude(lower, upper);

        Computed<CredibleInterval> Conclude(double from, double to) => double.IsFinite(from) && double.IsFinite(to)
            ? new CredibleInterval(from, to, level)
            : new Inconclusive(Inconclusive.NoSolution, "The parameters are beyond what doubles resolve.");
    }

    /// <summary>a/(a+b), also where the sum overflows.</summary>
    private static double Share(double a, double b) => double.IsInfinity(a + b) ? a / 2 / (a / 2 + b / 2) : a / (a + b);
}
