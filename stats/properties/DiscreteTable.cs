namespace Splitstream.Properties;

/// <summary>Draws whole numbers with given chances in constant time.</summary>
/// <remarks>Walker 1977. The high half of bits times length picks a column, the low half decides between its two values.</remarks>
public sealed class DiscreteTable
{
    private const double Negligible = 1e-18;

    private readonly ulong[] _cut;
    private readonly int[] _alias;
    private readonly int _least;

    private DiscreteTable(int least, double[] masses)
    {
        var count = masses.Length;
        _least = least;
        _cut = new ulong[count];
        _alias = new int[count];
        var total = masses.Sum();
        var share = masses.Select(mass => mass / total * count).ToArray();
        var poor = new Queue<int>(Enumerable.Range(0, count).Where(i => share[i] < 1));
        var rich = new Queue<int>(Enumerable.Range(0, count).Where(i => share[i] >= 1));
        while (poor.Count > 0 && rich.Count > 0)
        {
            var (from, to) = (rich.Peek(), poor.Dequeue());
            _cut[to] = (ulong)(share[to] * 18446744073709549568.0);
            _alias[to] = from;
            share[from] -= 1 - share[to];
            if (share[from] < 1)
                poor.Enqueue(rich.Dequeue());
        }

        foreach (var full in poor.Concat(rich))
            (_cut[full], _alias[full]) = (ulong.MaxValue, full);
    }

    /// <param name="mean">0 or more.</param>
    public static DiscreteTable Poisson(double mean) =>
        Around((int)mean, int.MaxValue, k => mean / (k + 1));

    /// <param name="units">0 or more.</param>
    /// <param name="rate">In [0, 1).</param>
    public static DiscreteTable Binomial(int units, double rate) =>
        Around((int)(units * rate), units, k => (units - k) * rate / ((k + 1) * (1 - rate)));

    public int Draw(Pcg random)
    {
        var column = (int)Math.BigMul(random.Next(), (ulong)_cut.Length, out var rest);
        return _least + (rest < _cut[column] ? column : _alias[column]);
    }

    /// <param name="ratio">Mass of k + 1 over mass of k.</param>
    private static DiscreteTable Around(int mode, int most, Func<int, double> ratio)
    {
        List<double> above = [], below = [];
        var mass = 1.0;
        for (var k = mode; k < most && (mass *= ratio(k)) > Negligible; k++)
            above.Add(mass);
        mass = 1;
        for (var k = mode; k > 0 && (mass /= ratio(k - 1)) > Negligible; k--)
            below.Add(mass);
        below.Reverse();
        return new DiscreteTable(mode - below.Count, [.. below, 1, .. above]);
    }
}
