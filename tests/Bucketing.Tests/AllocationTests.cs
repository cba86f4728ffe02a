namespace Splitstream.Bucketing.Tests;

/// <summary>The hot path of an assignment leaves nothing for the garbage collector.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 1_000;

    [Fact]
    public void Deciding_for_a_unit_allocates_nothing()
    {
        var input = new RuleInput
        {
            Status = ExperimentStatus.Running,
            Split = VariantSplit.Create(new WeightedVariant("control", 1), new WeightedVariant("treatment", 1)),
            Hasher = new BucketHasher("checkout", Units.SeedA),
            Traffic = new TrafficGate("checkout", Units.SeedB, 0.5),
            Holdouts = [new Holdout("global", Units.SeedB, 0.1)],
            Slot = new LayerSlot(new Layer("search", Units.SeedA), 0, 0.9),
        };
        UnitId unit = Units.Id("3f2504e0-4f89-11d3-9a0c-0305e82c3301");

        AssertAllocatesNothing(() => AssignmentRule.Decide(input, unit, AttributeSet.Empty, null));
        AssertAllocatesNothing(() => AssignmentRule.Decide(input, unit, AttributeSet.Empty, 1));
    }

    [Theory]
    [InlineData("user-1")]
    [InlineData("caf\u00e9")]
    [InlineData("新規ユーザー")]
    public void Reading_an_id_in_normal_form_and_hashing_it_allocates_nothing(string text) => AssertAllocatesNothing(() =>
    {
        UnitId.TryCreate(text, out UnitId unit, out _);
        Bucket.Hash32("checkout", unit.Value, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    });

    [Fact]
    public void Ordering_the_members_of_a_mutex_group_allocates_nothing()
    {
        var order = new MutexOrder(Units.SeedA, [new("x", 50), new("y", 30), new("z", 20)]);
        int[] places = new int[3];
        UnitId unit = Units.Number(1);

        AssertAllocatesNothing(() => order.Order(unit, places));
    }

    private static void AssertAllocatesNothing(Action action)
    {
        action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
        {
            action();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
