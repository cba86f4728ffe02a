namespace Splitstream.Stats.Bandits;

/// <summary>How units of an adaptive experiment are weighted into a mean.</summary>
public enum AdaptiveMethod
{
    /// <summary>Outcomes over the probability of the variant they were given, divided by all units: unbiased, largest variance.</summary>
    InversePropensity,

    /// <summary>The same divided by the sum of the weights: a small bias for much less variance (Hajek 1971).</summary>
    SelfNormalised,

    /// <summary>
    /// A prediction for every unit plus the weighted error of those that can be checked (Robins, Rotnitzky and Zhao 1994).
    /// </summary>
    DoublyRobust,
}
