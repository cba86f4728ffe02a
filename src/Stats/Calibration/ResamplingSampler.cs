namespace Splitstream.Stats.Calibration;

/// <summary>
/// Sums of values drawn with replacement from those of real units. The rare values far from the median, which shape the tails, are drawn
/// one by one; the many others come as their sum, which is normal with their mean, variance and covariance of value and square.
/// </summary>
internal sealed class ResamplingSampler : OutcomeSampler
{
    /// <summary>Values drawn one by one in a run, about; fewer units than this are all drawn so.</summary>
    private const double SinglesPerRun = 1_500;

    /// <summary>Effects up to this share of the mean multiply.</summary>
    private const double LargestShare = 0.5;

    private readonly double[] _scale;
    private readonly double[] _effects;
    private readonly double[] _tail;
    private readonly Part[] _parts;
    private readonly double _mean;
    private readonly double _meanSquare;
    private readonly double _deviation;
    private readonly double _slope;
    private readonly double _rest;

    public ResamplingSampler(LookPlan plan, IReadOnlyList<double> effects, ResampledModel model)
    {
        // A treatment multiplies every value, so that zeros stay zeros. An effect that is large beside the mean adds: to multiply would change
        // the variance beyond anything that a treatment does.
        _effects = [.. effects];
        _scale = [.. effects.Select(effect => Math.Abs(effect) <= LargestShare * Math.Abs(model.Mean) && effect != 0 ? 1 + (effect / model.Mean) : 1)];
        var values = model.Sorted.Select(value => value - model.Origin).ToArray();
        var units = plan.Looks.Length == 0 ? 0 : plan.Looks[^1].Units.Sum();
        var share = units == 0 ? 1 : Math.Min(1, SinglesPerRun / units);
        var singles = (int)Math.Ceiling(share * values.Length);
        var middle = values[values.Length / 2];
        var byDistance = values.OrderByDescending(value => Math.Abs(value - middle)).ToArray();
        _tail = byDistance[..singles];
        var body = byDistance[singles..];
        var chance = (double)singles / values.Length;
        if (body.Length > 0)
        {
            _mean = body.Average();
            _meanSquare = body.Average(value => value * value);
            var variance = body.Average(value => (value - _mean) * (value - _mean));
            var ofSquares = body.Average(value => (value * value - _meanSquare) * (value * value - _meanSquare));
            var together = body.Average(value => (value - _mean) * (value * value - _meanSquare));
            _deviation = Math.Sqrt(variance);
            _slope = variance > 0 ? together / _deviation : 0;
            _rest = Math.Sqrt(Math.Max(0, ofSquares - (_slope * _slope)));
        }

        var known = new Dictionary<int, BinomialSampler>();
        _parts = new Part[plan.Looks.Length * plan.Variants];
        for (var i = 0; i < _parts.Length; i++)
        {
            var increment = plan.Increment(i / plan.Variants, i % plan.Variants);
            if (!known.TryGetValue(increment, out var sampler))
                known.Add(increment, sampler = new BinomialSampler(increment, chance));
            _parts[i] = new Part(increment, Math.Sqrt(increment), sampler);
        }
    }

    public override void Advance(int look, Sums sums, ref RunRandom random)
    {
        var parts = _parts.AsSpan(look * sums.Sum.Length, sums.Sum.Length);
        // A copy, so that its state stays in registers.
        var own = random;
        for (var variant = 0; variant < parts.Length; variant++)
        {
            ref readonly var part = ref parts[variant];
            var singles = part.Singles.Draw(ref own);
            double sum = 0, squares = 0;
            for (var i = 0; i < singles; i++)
            {
                var value = _tail[(int)((own.Next() >> 32) * (ulong)_tail.Length >> 32)];
                sum += value;
                squares += value * value;
            }

            double others = part.Units - singles;
            if (others > 0)
            {
                var root = singles == 0 ? part.Root : Math.Sqrt(others);
                var first = own.Normal();
                sum += (others * _mean) + (root * _deviation * first);
                squares += Math.Max(0, (others * _meanSquare) + (root * ((_slope * first) + (_rest * own.Normal()))));
            }

            var (scale, effect) = (_scale[variant], _effects[variant]);
            sums.Sum[variant] += (scale * sum) + (part.Units * effect);
            sums.Squares[variant] += (scale * scale * squares) + (2 * scale * effect * sum) + (part.Units * effect * effect);
        }

        random = own;
    }

    /// <param name="Units">Of a variant that became mature since the look before.</param>
    /// <param name="Root">Of the units.</param>
    /// <param name="Singles">How many of them are drawn one by one.</param>
    private readonly record struct Part(double Units, double Root, BinomialSampler Singles);
}
