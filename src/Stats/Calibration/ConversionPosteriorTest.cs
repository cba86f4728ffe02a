using Splitstream.Stats.Decisions;

namespace Splitstream.Stats.Calibration;

/// <summary>P(better) and P(worse) of conversion rates against the threshold, exactly as the analysis decides it.</summary>
internal sealed class ConversionPosteriorTest : MethodTest
{
    private readonly LookPlan _plan;
    private readonly Evidence _evidence;
    private readonly PosteriorThreshold _threshold;
    private readonly double _screen;
    private readonly double[] _perMean;
    private readonly double[] _perVariance;
    private double[] _deviates;

    public ConversionPosteriorTest(ExperimentDesign design, LookPlan plan, Evidence evidence)
    {
        _plan = plan;
        _evidence = evidence;
        _threshold = new PosteriorThreshold(design.Rule.PosteriorThreshold);
        _screen = _threshold.Screen * _threshold.Screen;
        _perMean = [.. plan.Looks.SelectMany(look => look.Units.Select(units => 1.0 / (units + 2)))];
        _perVariance = [.. plan.Looks.SelectMany(look => look.Units.Select(units => 1.0 / (units + 3)))];
        _deviates = new double[design.Treatments];
    }

    public override ReadOnlySpan<double> Deviates => _deviates;

    public override MethodTest Fork()
    {
        var fork = (ConversionPosteriorTest)MemberwiseClone();
        fork._deviates = new double[_deviates.Length];
        return fork;
    }

    public override bool Judge(int look, Sums sums, Span<TreatmentStanding> standings)
    {
        if (!MayPass(look, sums.Sum))
            return false;
        var units = _plan.Looks[look].Units;
        var (control, sign) = (_evidence.Control, _evidence.Sign);
        for (int variant = 0, treatment = 0; variant < units.Length; variant++)
        {
            if (variant == control)
                continue;
            var (controlSum, sum) = ((long)sums.Sum[control], (long)sums.Sum[variant]);
            _deviates[treatment] = sign * PosteriorThreshold.CorrectedDeviate(units[control], controlSum, units[variant], sum);
            var side = sign * _threshold.Side(units[control], controlSum, units[variant], sum);
            standings[treatment++] = new TreatmentStanding(side > 0, side < 0, _evidence.Estimate(look, variant, sums), true);
        }

        return true;
    }

    /// <summary>Most looks end here.</summary>
    private bool MayPass(int look, double[] sum)
    {
        var units = _plan.Looks[look].Units;
        var perMean = _perMean.AsSpan(look * sum.Length, sum.Length);
        var perVariance = _perVariance.AsSpan(look * sum.Length, sum.Length);
        var control = _evidence.Control;
        var mean = (sum[control] + 1) * perMean[control];
        var variance = mean * (1 - mean) * perVariance[control];
        var passes = Few(sum[control], units[control]);
        for (var v = 0; v < perMean.Length; v++)
        {
            var other = (sum[v] + 1) * perMean[v];
            var difference = other - mean;
            passes |= difference * difference > _screen * (variance + other * (1 - other) * perVariance[v]);
            passes |= Few(sum[v], units[v]);
        }

        return passes;
    }

    private static bool Few(double conversions, long units) =>
        conversions < PosteriorThreshold.FewestForScreen || units - conversions < PosteriorThreshold.FewestForScreen;
}
