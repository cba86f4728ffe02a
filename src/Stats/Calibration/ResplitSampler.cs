namespace Splitstream.Stats.Calibration;

/// <summary>Deals the same real units at random, again and again. Those that are left over by the weights wait for the next look.</summary>
/// <remarks>Fisher and Yates 1938, as Durstenfeld 1964 has it, over each look's newcomers and the few that wait.</remarks>
internal sealed class ResplitSampler(LookPlan plan, ReplayedModel model) : OutcomeSampler
{
    private readonly int[] _arrived = [.. plan.Looks.Select(look => model.MatureBy(look.Days))];
    private readonly double[] _inOrder = [.. model.Values.Select(value => value - model.Origin)];
    private readonly double[] _values = new double[plan.Looks.Length == 0 ? 0 : model.MatureBy(plan.Looks[^1].Days)];
    private int _dealt;

    public override OutcomeSampler Fork() => new ResplitSampler(plan, model);

    public override void Advance(int look, Sums sums, ref RunRandom random)
    {
        if (look == 0)
        {
            // Every run begins with the same order, whatever this thread simulated before.
            _inOrder.AsSpan(0, _values.Length).CopyTo(_values);
            _dealt = 0;
        }

        var waiting = _values.AsSpan(0, _arrived[look]);
        for (var variant = 0; variant < plan.Variants; variant++)
        {
            double sum = 0, squares = 0;
            for (var end = _dealt + plan.Increment(look, variant); _dealt < end; _dealt++)
            {
                var drawn = _dealt + (int)((random.Next() >> 32) * (ulong)(waiting.Length - _dealt) >> 32);
                var value = waiting[drawn];
                waiting[drawn] = waiting[_dealt];
                sum += value;
                squares += value * value;
            }

            sums.Sum[variant] += sum;
            sums.Squares[variant] += squares;
        }
    }
}
