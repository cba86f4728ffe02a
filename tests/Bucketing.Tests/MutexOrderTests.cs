namespace Splitstream.Bucketing.Tests;

public sealed class MutexOrderTests
{
    private const int Count = 60_000;

    [Theory]
    [InlineData("checkout", "search", "pricing")]
    [InlineData("a", "b", "c")]
    [InlineData("zzz", "mmm", "aaa")]
    public void The_first_position_follows_the_shares_whatever_the_names(string first, string second, string third)
    {
        MutexMember[] members = [new(first, 50), new(second, 30), new(third, 20)];

        int[] counts = Firsts(new MutexOrder(Units.SeedA, members), _ => true);

        Assert.True(Units.ChiSquared(counts, [50, 30, 20]) < 13.816, string.Join("/", counts));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(0, 2)]
    public void Within_any_subset_the_first_position_follows_the_shares_of_the_subset(int one, int other)
    {
        double[] shares = [50, 30, 20];
        var order = new MutexOrder(Units.SeedB, [new("x", 50), new("y", 30), new("z", 20)]);

        int[] counts = Firsts(order, member => member == one || member == other);

        Assert.True(Units.ChiSquared([counts[one], counts[other]], [shares[one], shares[other]]) < 10.828, string.Join("/", counts));
    }

    [Fact]
    public void The_whole_order_has_the_probabilities_of_successive_draws()
    {
        // P(x, y, z) = 0.5 * 30/50, and so on: weighted draws without replacement.
        var order = new MutexOrder(Units.SeedA, [new("x", 50), new("y", 30), new("z", 20)]);
        var counts = new Dictionary<string, int>();
        int[] places = new int[3];
        for (int i = 0; i < Count; i++)
        {
            order.Order(Units.Number(i), places);
            string name = string.Concat(places);
            counts[name] = counts.GetValueOrDefault(name) + 1;
        }

        string[] names = ["012", "021", "102", "120", "201", "210"];
        double[] expected = [0.5 * 3 / 5, 0.5 * 2 / 5, 0.3 * 5 / 7, 0.3 * 2 / 7, 0.2 * 5 / 8, 0.2 * 3 / 8];
        Assert.True(Units.ChiSquared([.. names.Select(n => counts[n])], expected) < 20.515, string.Join("/", counts));
    }

    [Fact]
    public void The_order_in_which_members_are_given_has_no_effect()
    {
        MutexMember[] members = [new("x", 50), new("y", 30), new("z", 20), new("idle", 0)];
        var forward = new MutexOrder(Units.SeedA, members);
        var backward = new MutexOrder(Units.SeedA, [.. members.Reverse()]);
        int[] one = new int[4];
        int[] two = new int[4];

        for (int i = 0; i < 5_000; i++)
        {
            forward.Order(Units.Number(i), one);
            backward.Order(Units.Number(i), two);
            Assert.Equal(one.Select(m => forward.Members[m].Key), two.Select(m => backward.Members[m].Key));
        }
    }

    [Fact]
    public void A_late_joiner_does_not_reorder_the_others()
    {
        var before = new MutexOrder(Units.SeedA, [new("x", 50), new("y", 30)]);
        var after = new MutexOrder(Units.SeedA, [new("x", 50), new("y", 30), new("late", 40)]);
        int[] two = new int[2];
        int[] three = new int[3];

        for (int i = 0; i < 5_000; i++)
        {
            before.Order(Units.Number(i), two);
            after.Order(Units.Number(i), three);
            Assert.Equal(two, three.Where(member => member < 2));
        }
    }

    [Fact]
    public void A_member_without_share_is_tried_after_all_that_have_one()
    {
        var order = new MutexOrder(Units.SeedA, [new("idle", 0), new("x", 1e-9), new("idle too", 0), new("y", 1)]);
        int[] places = new int[4];
        int[] lastCounts = new int[4];

        for (int i = 0; i < 5_000; i++)
        {
            order.Order(Units.Number(i), places);
            Assert.Equal([1, 3], places.Take(2).Order());
            lastCounts[places[3]]++;
        }

        Assert.True(Units.ChiSquared([lastCounts[0], lastCounts[2]], [1, 1]) < 10.828);
    }

    [Fact]
    public void Another_group_seed_is_another_order()
    {
        MutexMember[] members = [new("x", 1), new("y", 1)];
        var one = new MutexOrder(Units.SeedA, members);
        var two = new MutexOrder(Units.SeedB, members);
        int[] places = new int[2];
        int[] together = new int[4];

        for (int i = 0; i < Count; i++)
        {
            one.Order(Units.Number(i), places);
            int first = places[0];
            two.Order(Units.Number(i), places);
            together[(first * 2) + places[0]]++;
        }

        Assert.True(Units.ChiSquared(together, [1, 1, 1, 1]) < 16.266, string.Join("/", together));
    }

    [Fact]
    public void Bad_members_and_places_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new MutexOrder(Units.SeedA, [new("x", -1)]));
        Assert.Throws<ArgumentException>(() => new MutexOrder(Units.SeedA, [new("x", double.NaN)]));
        Assert.Throws<ArgumentException>(() => new MutexOrder(Units.SeedA, [new("x", double.PositiveInfinity)]));
        Assert.Throws<ArgumentException>(() => new MutexOrder(Units.SeedA, [new("x", 1), new("x", 2)]));
        Assert.Throws<ArgumentException>(() => new MutexOrder(Units.SeedA, [new("x", 1)]).Order(Units.Number(1), new int[2]));
    }

    private static int[] Firsts(MutexOrder order, Func<int, bool> candidate)
    {
        int[] counts = new int[order.Members.Length];
        int[] places = new int[order.Members.Length];
        for (int i = 0; i < Count; i++)
        {
            order.Order(Units.Number(i), places);
            counts[places.First(candidate)]++;
        }

        return counts;
    }
}
