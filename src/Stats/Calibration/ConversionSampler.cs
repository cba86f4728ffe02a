namespace Splitstream.Stats.Calibration;

/// <summary>Binomial conversions, one draw per look and variant.</summary>
internal sealed class ConversionSampler : OutcomeSampler
{
    private readonly BinomialSampler[] _draws;
    private readonly int _variants;

    public ConversionSampler(LookPlan plan, double[] rates)
    {
        _variants = plan.Variants;
        _draws = new BinomialSampler[plan.Looks.Length * _variants];
        var known = new Dictionary<(int Units, double Rate), BinomialSampler>();
        for (var look = 0; look < plan.Looks.Length; look++)
        {
            for (var variant = 0; variant < _variants; variant++)
            {
                var key = (plan.Increment(look, variant), Math.Clamp(rates[variant], 0, 1));
                if (!known.TryGetValue(key, out var sampler))
                    known.Add(key, sampler = new BinomialSampler(key.Item1, key.Item2));
                _draws[(look * _variants) + variant] = sampler;
            }
        }
    }

    public override void Advance(int look, Sums sums, ref RunRandom random)
    {
        var draws = _draws.AsSpan(look * _variants, _variants);
        var sum = sums.Sum.AsSpan(0, draws.Length);
        for (var variant = 0; variant < draws.Length; variant++)
            sum[variant] += draws[variant].Draw(ref random);
    }
}
