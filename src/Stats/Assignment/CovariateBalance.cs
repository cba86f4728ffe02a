namespace Splitstream.Stats.Assignment;

/// <summary>How one covariate compares between the control and one other variant.</summary>
/// <param name="Covariate">Its name.</param>
/// <param name="Variant">Index of the other variant.</param>
/// <param name="ControlMean">Mean in the control; 0 without units.</param>
/// <param name="VariantMean">Mean in the variant; 0 without units.</param>
/// <param name="StandardisedDifference">
/// Variant minus control over sqrt((s_v^2 + s_c^2)/2): in standard deviations, whatever the number of units. Inconclusive below two
/// units in either, or for a constant covariate.
/// </param>
public sealed record CovariateBalance(
    string Covariate, int Variant, double ControlMean, double VariantMean, Computed<double> StandardisedDifference)
{
    /// <summary>Beyond a tenth of a standard deviation a difference is worth a look (Austin 2009).</summary>
    public const double Notable = 0.1;

    /// <summary>True when the difference can be computed and is beyond <see cref="Notable"/> in either direction.</summary>
    public bool IsNotable => StandardisedDifference.IsConclusive && Math.Abs(StandardisedDifference.Value) > Notable;
}
