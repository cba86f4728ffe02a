namespace Splitstream.Bucketing.Tests;

/// <summary>Traffic, layers and holdouts: each admits by a hash of its own.</summary>
public sealed class AdmissionTests
{
    private const int Count = 100_000;

    /// <summary>Upper 0.1 % point of chi-squared with one degree of freedom.</summary>
    private const double Critical = 10.828;

    [Fact]
    public void Traffic_zero_admits_nobody_and_traffic_one_everybody()
    {
        var none = new TrafficGate("x", Units.SeedB, 0);
        var all = new TrafficGate("x", Units.SeedB, 1);

        for (int i = 0; i < 10_000; i++)
        {
            Assert.False(none.Admits(Units.Number(i)));
            Assert.True(all.Admits(Units.Number(i)));
        }
    }

    [Fact]
    public void Raising_the_traffic_only_adds_units()
    {
        var low = new TrafficGate("x", Units.SeedB, 0.2);
        var high = new TrafficGate("x", Units.SeedB, 0.6);

        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(high.Admits(Units.Number(i)) || !low.Admits(Units.Number(i)));
        }
    }

    [Fact]
    public void The_admitted_are_split_like_all_units_because_traffic_has_a_seed_of_its_own()
    {
        var gate = new TrafficGate("x", Units.SeedB, 0.3);
        var hasher = new BucketHasher("x", Units.SeedA);
        VariantSplit split = VariantSplit.Create(new WeightedVariant("a", 1), new WeightedVariant("b", 1));
        int[] admitted = [0, 0];

        for (int i = 0; i < Count; i++)
        {
            UnitId unit = Units.Number(i);
            admitted[split.Choose(hasher.BucketOf(unit))] += gate.Admits(unit) ? 1 : 0;
        }

        Assert.True(Units.ChiSquared(admitted, [1, 1]) < Critical, string.Join("/", admitted));
        Assert.True(Units.ChiSquared([admitted.Sum(), Count - admitted.Sum()], [0.3, 0.7]) < Critical, $"{admitted.Sum()} admitted");
    }

    [Fact]
    public void Slots_that_touch_share_no_unit_and_together_take_everybody()
    {
        var layer = new Layer("search", Units.SeedA);
        LayerSlot[] slots = [new(layer, 0, 0.25), new(layer, 0.25, 0.25), new(layer, 0.25, 0.7), new(layer, 0.7, 1)];
        int[] counts = new int[slots.Length];

        for (int i = 0; i < Count; i++)
        {
            UnitId unit = Units.Number(i);
            int owner = Array.FindIndex(slots, slot => slot.Contains(unit));
            Assert.Equal(owner, Array.FindLastIndex(slots, slot => slot.Contains(unit)));
            counts[owner]++;
        }

        Assert.Equal(0, counts[1]);
        Assert.True(Units.ChiSquared([counts[0], counts[2], counts[3]], [0.25, 0.45, 0.3]) < 13.816, string.Join("/", counts));
    }

    [Fact]
    public void A_holdout_holds_its_fraction()
    {
        var holdout = new Holdout("global", Units.SeedB, 0.05);
        int held = Enumerable.Range(0, Count).Count(i => holdout.Holds(Units.Number(i)));

        Assert.True(Units.ChiSquared([held, Count - held], [0.05, 0.95]) < Critical, $"{held} held");
        Assert.False(new Holdout("global", Units.SeedB, 0).Holds(Units.Number(1)));
        Assert.True(new Holdout("global", Units.SeedB, 1).Holds(Units.Number(1)));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_fraction_outside_the_unit_interval_is_refused(double fraction)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrafficGate("x", Units.SeedA, fraction));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Holdout("x", Units.SeedA, fraction));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayerSlot(new Layer("x", Units.SeedA), fraction, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LayerSlot(new Layer("x", Units.SeedA), 0.5, 0.4));
    }
}
