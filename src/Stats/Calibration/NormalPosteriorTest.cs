using Splitstream.Stats.Decisions;
using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Calibration;

/// <summary>P(better) and P(worse) of means under a flat prior: normal in effect / standard error.</summary>
internal sealed class NormalPosteriorTest(ExperimentDesign design, Evidence evidence) : MethodTest
{
    /// <summary>Deviates this far below the threshold's are not looked at; the search for a higher threshold starts at it.</summary>
    private const double Slack = 0.05;

    private readonly double _threshold = NormalDistribution.Quantile(1 - design.Rule.PosteriorThreshold, Tail.Upper);
    private double[] _deviates = new double[design.Treatments];

    public override ReadOnlySpan<double> Deviates => _deviates;

    public override MethodTest Fork()
    {
        var fork = (NormalPosteriorTest)MemberwiseClone();
        fork._deviates = new double[_deviates.Length];
        return fork;
    }

    public override bool Judge(int look, Sums sums, Span<TreatmentStanding> standings)
    {
        var passes = false;
        for (int variant = 0, treatment = 0; variant < sums.Sum.Length; variant++)
        {
            if (variant == evidence.Control)
                continue;
            var (effect, error) = evidence.Difference(look, variant, sums);
            var deviate = error > 0 ? effect / error : 0;
            passes |= Math.Abs(deviate) > _threshold - Slack;
            _deviates[treatment] = deviate;
            standings[treatment++] = new TreatmentStanding(deviate > _threshold, deviate < -_threshold, effect, true);
        }

        return passes;
    }
}
