using Splitstream.Stats.Assignment;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Assignment;

public class StratifiedAssignmentTests
{
    [Fact]
    public void Every_stratum_is_split_as_planned_but_for_one_block()
    {
        var random = new Random(5);
        var strata = Enumerable.Range(0, 1_003).Select(_ => $"region {random.Next(7)}").ToArray();

        var variants = StratifiedAssignment.Assign(strata, [1, 2, 0, 1], random);

        foreach (var stratum in strata.Distinct())
        {
            var counts = new int[4];
            for (var i = 0; i < strata.Length; i++)
                counts[variants[i]] += strata[i] == stratum ? 1 : 0;
            var blocks = counts.Sum() / 4;
            Assert.InRange(counts[0], blocks, blocks + 1);
            Assert.InRange(counts[1], 2 * blocks, 2 * blocks + 2);
            Assert.Equal(0, counts[2]);
            Assert.InRange(counts[3], blocks, blocks + 1);
        }
    }

    [Fact]
    public void The_same_generator_gives_the_same_variants()
    {
        var strata = Enumerable.Range(0, 200).Select(i => $"{i % 3}").ToArray();

        Assert.Equal(
            StratifiedAssignment.Assign(strata, [2, 2], new Random(1)), StratifiedAssignment.Assign(strata, [2, 2], new Random(1)));
        Assert.NotEqual(
            StratifiedAssignment.Assign(strata, [2, 2], new Random(1)), StratifiedAssignment.Assign(strata, [2, 2], new Random(2)));
    }

    [Fact]
    public void Every_order_within_a_block_is_equally_likely()
    {
        var random = new Random(6);
        var seen = new Dictionary<string, int>();
        for (var run = 0; run < 12_000; run++)
        {
            var order = string.Concat(StratifiedAssignment.Assign(["a", "a", "a", "a"], [2, 2], random));
            seen[order] = seen.GetValueOrDefault(order) + 1;
        }

        // Six orders, 2,000 each; four standard deviations are 163.
        Assert.Equal(6, seen.Count);
        Assert.All(seen.Values, count => Assert.InRange(count, 1_837, 2_163));
    }

    /// <summary>By hand: means 2 and 5, variances 1 and 9, (5 - 2)/sqrt(5).</summary>
    [Fact]
    public void Balance_is_stated_in_standard_deviations()
    {
        var report = BalanceReport.Compute([("age", [1, 2, 3, 2, 5, 8]), ("flat", [4, 4, 4, 4, 4, 4])], [0, 0, 0, 1, 1, 1], 3);

        Assert.Equal([("age", 1), ("age", 2), ("flat", 1), ("flat", 2)], report.Select(r => (r.Covariate, r.Variant)));
        Assert.Equal(3 / Math.Sqrt(5), report[0].StandardisedDifference.Value, 1e-14);
        Assert.Equal((2, 5), (report[0].ControlMean, report[0].VariantMean));
        Assert.True(report[0].IsNotable);
        Assert.Equal(Inconclusive.NoUnits, report[1].StandardisedDifference.Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, report[2].StandardisedDifference.Why!.Reason);
        Assert.False(report[2].IsNotable);
        Assert.Equal(
            Inconclusive.TooFewUnits,
            BalanceReport.StandardisedDifference(new SampleSummary(1, 1, 0), new SampleSummary(5, 1, 2)).Why!.Reason);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Empty(StratifiedAssignment.Assign([], [1, 1], new Random(1)));
        Assert.Throws<ArgumentException>(() => StratifiedAssignment.Assign(["a"], [1], new Random(1)));
        Assert.Throws<ArgumentException>(() => StratifiedAssignment.Assign(["a"], [3, 0], new Random(1)));
        Assert.Throws<ArgumentException>(() => StratifiedAssignment.Assign(["a"], [1, -1], new Random(1)));
        Assert.Throws<ArgumentException>(() => StratifiedAssignment.Assign(["a"], [1000, 1000], new Random(1)));
        Assert.Throws<ArgumentException>(() => BalanceReport.Compute([("age", [1])], [0, 1], 2));
        Assert.Throws<ArgumentException>(() => BalanceReport.Compute([("age", [1, 2])], [0, 2], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => BalanceReport.Compute([("age", [1, double.NaN])], [0, 1], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => BalanceReport.Compute([], [0, 1], 2, control: 2));
    }
}
