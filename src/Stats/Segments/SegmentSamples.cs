using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Segments;

/// <summary>Values of control and treatment among the units of one segment, which was known before the unit saw its variant.</summary>
/// <param name="Name">What the segment is called.</param>
/// <param name="Control">Units of the control.</param>
/// <param name="Treatment">Units of the treatment.</param>
public sealed record SegmentSamples(string Name, SampleSummary Control, SampleSummary Treatment)
{
    /// <summary>A conversion as a metric that is 0 or 1 for every unit: mean p, variance p (1-p) n/(n-1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">More units converted than there are, or fewer than none.</exception>
    public static SegmentSamples FromConversions(string name, ConversionCounts control, ConversionCounts treatment)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        return new SegmentSamples(name, Summarise(control), Summarise(treatment));

        static SampleSummary Summarise(ConversionCounts counts)
        {
            counts.Check();
            return new SampleSummary(
                counts.Units, counts.Rate, counts.Units > 1 ? counts.Rate * counts.Failures / (counts.Units - 1) : 0);
        }
    }
}
