namespace Splitstream.Stats;

/// <summary>The answer of a statistic that cannot be computed from what it was given; stands where a plausible number would lie.</summary>
/// <param name="Reason">A stable code for programs, one of the constants of this type.</param>
/// <param name="Detail">One sentence for people; may change between versions.</param>
public sealed record Inconclusive(string Reason, string Detail)
{
    /// <summary>No unit at all in a variant (or in all of them).</summary>
    public const string NoUnits = "no_units";

    /// <summary>Units, but fewer than the statistic needs: a variance takes two.</summary>
    public const string TooFewUnits = "too_few_units";

    /// <summary>Every value is the same, so that a standard error would be zero.</summary>
    public const string ZeroVariance = "zero_variance";

    /// <summary>The control's mean is zero, so that nothing can be said relative to it.</summary>
    public const string ZeroControlMean = "zero_control_mean";

    /// <summary>The denominators of a ratio sum to zero.</summary>
    public const string ZeroDenominator = "zero_denominator";

    /// <summary>Fewer than two variants have a positive weight.</summary>
    public const string TooFewVariants = "too_few_variants";

    /// <summary>Units were seen in a variant whose weight is zero: the plan and the data contradict each other.</summary>
    public const string UnitsInZeroWeightVariant = "units_in_zero_weight_variant";

    /// <summary>A whole row or column of a table sums to zero.</summary>
    public const string EmptyMargin = "empty_margin";

    /// <summary>No interval of highest density exists: the density has no single peak inside.</summary>
    public const string NoSingleMode = "no_single_mode";

    /// <summary>The answer is not a finite double.</summary>
    public const string Overflow = "overflow";

    /// <summary>The sums contradict each other: no values could have them.</summary>
    public const string ImpossibleSums = "impossible_sums";

    /// <summary>Each sum could be, but the sum of products is too large for the sums of squares.</summary>
    public const string ImpossibleCovariance = "impossible_covariance";

    /// <summary>No value inside the allowed range solves the question.</summary>
    public const string NoSolution = "no_solution";

    /// <summary>A covariate is constant or a combination of others, so that their coefficients are not determined.</summary>
    public const string RankDeficient = "rank_deficient";
}
