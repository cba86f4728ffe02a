using Splitstream.Stats.Decisions;
using Splitstream.Stats.Distributions;

namespace Splitstream.Stats.Calibration;

/// <summary>
/// P(better) and P(worse) of means: normal in effect / standard error under a flat prior; under a normal prior on the lift, control's mean
/// taken as known, in the belief about the lift.
/// </summary>
/// <remarks>Gelman et al., <i>Bayesian Data Analysis</i>, section 2.5; the lift's error by the delta method.</remarks>
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
        if (design.Rule.LiftPrior is null && !MayPass(look, sums))
            return false;
        var passes = false;
        for (int variant = 0, treatment = 0; variant < sums.Sum.Length; variant++)
        {
            if (variant == evidence.Control)
                continue;
            var (deviate, effect) = Believe(look, variant, sums);
            passes |= Math.Abs(deviate) > _threshold - Slack;
            _deviates[treatment] = deviate;
            standings[treatment++] = new TreatmentStanding(deviate > _threshold, deviate < -_threshold, effect, true);
        }

        return passes;
    }

    /// <summary>Most looks end here.</summary>
    private bool MayPass(int look, Sums sums)
    {
        var least = Math.Max(0, _threshold - Slack);
        var passes = false;
        for (var variant = 0; variant < sums.Sum.Length; variant++)
            passes |= variant != evidence.Control && evidence.MayExceed(look, variant, sums, 1, least * least);
        return passes;
    }

    private (double Deviate, double Effect) Believe(int look, int variant, Sums sums)
    {
        var (effect, error) = evidence.Difference(look, variant, sums);
        if (!(error > 0) || design.Rule.LiftPrior is not { } prior)
            return (error > 0 ? effect / error : 0, effect);
        var control = evidence.AbsoluteMean(look, evidence.Control, sums);
        var ratio = evidence.AbsoluteMean(look, variant, sums) / control;
        var ofLift = (evidence.VarianceOfMean(look, variant, sums) + (ratio * ratio * evidence.VarianceOfMean(look, evidence.Control, sums)))
            / (control * control);
        var (before, now) = (1 / (prior.StandardDeviation * prior.StandardDeviation), 1 / ofLift);
        var lift = ((before * prior.Mean) + (now * (ratio - 1))) / (before + now);
        var deviate = evidence.Sign * Math.Sign(control) * lift * Math.Sqrt(before + now);
        return double.IsFinite(deviate) ? (deviate, evidence.Sign * lift * control) : (0, effect);
    }
}
