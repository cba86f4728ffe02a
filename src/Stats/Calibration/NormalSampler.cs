namespace Splitstream.Stats.Calibration;

/// <summary>Sums of normal values: the sum is normal, the squares around the mean are chi-square by Wilson and Hilferty 1931.</summary>
internal sealed class NormalSampler(LookPlan plan, IReadOnlyList<double> effects, NormalModel model) : OutcomeSampler
{
    private readonly double _deviation = Math.Sqrt(model.NormalVariance);

    public override void Advance(int look, Sums sums, ref RunRandom random)
    {
        for (var variant = 0; variant < plan.Variants; variant++)
        {
            double units = plan.Increment(look, variant);
            if (units == 0)
                continue;
            var mean = effects[variant];
            var ofMean = random.Normal() * _deviation / Math.Sqrt(units);
            var around = 0.0;
            if (units > 1)
            {
                var ninth = 2 / (9 * (units - 1));
                var root = 1 - ninth + (random.Normal() * Math.Sqrt(ninth));
                around = (units - 1) * model.NormalVariance * root * root * root;
            }

            sums.Sum[variant] += units * (mean + ofMean);
            sums.Squares[variant] += (units * (mean + ofMean) * (mean + ofMean)) + Math.Max(0, around);
        }
    }
}
