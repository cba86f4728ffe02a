namespace Splitstream.Stats.Calibration;

/// <summary>Draws from one binomial distribution in constant time.</summary>
/// <remarks>
/// Alias tables of Walker 1977, built as Vose 1991 does, over the support without the tails below 1e-18 of the mode. Chances have a
/// resolution of 2^-32.
/// </remarks>
internal sealed class BinomialSampler
{
    private const double Negligible = 1e-18;

    private readonly Slot[] _slots;
    private readonly int _least;

    /// <param name="trials">0 or more.</param>
    /// <param name="rate">In [0, 1].</param>
    public BinomialSampler(int trials, double rate)
    {
        Guard.AtLeast(trials, 0);
        if (!(rate >= 0 && rate <= 1))
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "Must lie in [0, 1].");
        var (least, masses) = Masses(trials, rate);
        _least = least;
        _slots = Build(masses);
    }

    public int Draw(ref RunRandom random)
    {
        var bits = random.Next();
        var index = (int)((bits >> 32) * (ulong)_slots.Length >> 32);
        ref readonly var slot = ref _slots[index];

        // Which of the two is left to chance, so that a branch would be mispredicted: all bits of the mask are set below the cut.
        var mask = (int)(((long)(uint)bits - slot.Cut) >> 63);
        return _least + (slot.Alias ^ ((index ^ slot.Alias) & mask));
    }

    /// <summary>Masses relative to their sum, from the smallest value that is not negligible.</summary>
    private static (int Least, double[] Masses) Masses(int trials, double rate)
    {
        if (rate is 0 or 1 || trials == 0)
            return (rate == 1 ? trials : 0, [1]);
        var mode = Math.Min(trials, (int)((trials + 1) * rate));
        var odds = rate / (1 - rate);
        var above = new List<double>();
        var below = new List<double>();
        var mass = 1.0;
        for (var k = mode; k < trials && mass > Negligible; k++)
            above.Add(mass *= (trials - k) / (k + 1.0) * odds);
        mass = 1;
        for (var k = mode; k > 0 && mass > Negligible; k--)
            below.Add(mass *= k / (trials - k + 1.0) / odds);
        below.Reverse();
        double[] all = [.. below, 1, .. above];
        var sum = all.Sum();
        return (mode - below.Count, [.. all.Select(value => value / sum)]);
    }

    private static Slot[] Build(double[] masses)
    {
        var count = masses.Length;
        var slots = new Slot[count];
        var shares = masses.Select(mass => mass * count).ToArray();
        var small = new Stack<int>();
        var large = new Stack<int>();
        for (var i = 0; i < count; i++)
            (shares[i] < 1 ? small : large).Push(i);
        while (small.Count > 0 && large.Count > 0)
        {
            var (lesser, greater) = (small.Pop(), large.Peek());
            slots[lesser] = new Slot((uint)(shares[lesser] * 4294967296.0), greater);
            shares[greater] -= 1 - shares[lesser];
            if (shares[greater] < 1)
                small.Push(large.Pop());
        }

        // What is left is 1 but for rounding.
        foreach (var index in small.Concat(large))
            slots[index] = new Slot(uint.MaxValue, index);
        return slots;
    }

    private readonly record struct Slot(uint Cut, int Alias);
}
