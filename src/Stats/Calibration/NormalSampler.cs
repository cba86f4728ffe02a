namespace Splitstream.Stats.Calibration;

/// <summary>Sums of normal values: the sum is normal, the squares around the mean are chi-square by Wilson and Hilferty 1931.</summary>
internal sealed class NormalSampler : OutcomeSampler
{
    private readonly Part[] _parts;
    private readonly double[] _effects;

    public NormalSampler(LookPlan plan, IReadOnlyList<double> effects, NormalModel model)
    {
        _effects = [.. effects];
        _parts = [.. Enumerable.Range(0, plan.Looks.Length * plan.Variants).Select(i => Of(plan.Increment(i / plan.Variants, i % plan.Variants)))];

        Part Of(double units)
        {
            var ninth = units > 1 ? 2 / (9 * (units - 1)) : 0;
            var ofMean = units > 0 ? model.NormalVariance / units : 0;
            return new Part(units, Math.Sqrt(ofMean), Math.Max(0, units - 1) * model.NormalVariance, 1 - ninth, Math.Sqrt(ninth));
        }
    }

    public override void Advance(int look, Sums sums, ref RunRandom random)
    {
        // A copy, so that its state stays in registers.
        var own = random;
        var parts = _parts.AsSpan(look * sums.Sum.Length, sums.Sum.Length);
        for (var variant = 0; variant < parts.Length; variant++)
        {
            ref readonly var part = ref parts[variant];
            if (part.Units == 0)
                continue;
            var mean = _effects[variant] + (own.Normal() * part.ErrorOfMean);
            var root = part.Centre + (part.Spread > 0 ? own.Normal() * part.Spread : 0);
            sums.Sum[variant] += part.Units * mean;
            sums.Squares[variant] += (part.Units * mean * mean) + Math.Max(0, part.Around * root * root * root);
        }

        random = own;
    }

    /// <summary>What became mature of a variant since the look before.</summary>
    /// <param name="ErrorOfMean">Standard deviation of their mean.</param>
    /// <param name="Around">Expected sum of squares around their mean.</param>
    /// <param name="Centre">Of the cube root of those squares over what is expected.</param>
    /// <param name="Spread">Standard deviation of that root; 0 below two units.</param>
    private readonly record struct Part(double Units, double ErrorOfMean, double Around, double Centre, double Spread);
}
