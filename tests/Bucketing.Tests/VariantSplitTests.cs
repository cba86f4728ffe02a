namespace Splitstream.Bucketing.Tests;

public sealed class VariantSplitTests
{
    /// <summary>Upper 0.1 % points of chi-squared for 1 to 4 degrees of freedom.</summary>
    private static readonly double[] Critical = [10.828, 13.816, 16.266, 18.467];

    [Theory]
    [InlineData(50, 30, 20)]
    [InlineData(1, 1, 98)]
    [InlineData(0.1, 0.2, 0.7)]
    [InlineData(1, 0, 3)]
    public void A_hundred_thousand_units_are_divided_by_the_weights(double first, double second, double third)
    {
        double[] weights = [first, second, third];
        VariantSplit split = Split(weights);
        var hasher = new BucketHasher("weights", Units.SeedA);
        int[] counts = new int[3];

        for (int i = 0; i < 100_000; i++)
        {
            counts[split.Choose(hasher.BucketOf(Units.Number(i)))]++;
        }

        Assert.True(Units.ChiSquared(counts, weights) < Critical[weights.Count(w => w > 0) - 2], string.Join("/", counts));
        Assert.All(counts.Zip(weights), pair => Assert.True(pair.Second > 0 || pair.First == 0));
    }

    [Fact]
    public void Adding_a_variant_without_weight_moves_nobody_wherever_it_is_added()
    {
        VariantSplit before = Split(50, 30, 20);
        VariantSplit atTheEnd = Split(50, 30, 20, 0);
        VariantSplit atTheStart = Split(0, 50, 30, 20);
        var hasher = new BucketHasher("stability", Units.SeedA);

        for (int i = 0; i < 20_000; i++)
        {
            double bucket = hasher.BucketOf(Units.Number(i));
            Assert.Equal(before.Choose(bucket), atTheEnd.Choose(bucket));
            Assert.Equal(before.Choose(bucket), atTheStart.Choose(bucket) - 1);
        }

        Assert.Equal(before.Choose(1), atTheEnd.Choose(1));
    }

    [Fact]
    public void Adding_a_variant_at_the_end_moves_no_unit_between_the_others_in_the_wrong_direction()
    {
        // Boundaries only move down, so a unit can move to a later variant and never to an earlier one.
        VariantSplit before = Split(50, 50);
        VariantSplit after = Split(50, 50, 10);

        for (uint step = 0; step < 10_000; step++)
        {
            double bucket = Bucket.FromHash(step * 429_496);
            Assert.True(after.Choose(bucket) >= before.Choose(bucket));
        }
    }

    [Fact]
    public void Multiplying_all_weights_moves_nobody()
    {
        VariantSplit small = Split(1, 2, 4);
        VariantSplit large = Split(1024, 2048, 4096);

        for (uint step = 0; step < 10_000; step++)
        {
            double bucket = Bucket.FromHash(step * 429_496);
            Assert.Equal(small.Choose(bucket), large.Choose(bucket));
        }
    }

    [Theory]
    [InlineData(-0.0000001)]
    [InlineData(1.0000000000000002)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_number_that_is_no_bucket_is_refused(double bucket) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Split(1, 1).Choose(bucket));

    [Theory]
    [InlineData(double.NaN, "/1/weight")]
    [InlineData(double.PositiveInfinity, "/1/weight")]
    [InlineData(-1, "/1/weight")]
    [InlineData(double.MaxValue, "")]
    public void A_bad_weight_is_refused_with_its_place(double weight, string pointer)
    {
        WeightedVariant[] variants = [new("a", double.MaxValue), new("b", weight)];

        Assert.False(VariantSplit.TryCreate(variants, out VariantSplit? split, out InputProblem? problem));
        Assert.Null(split);
        Assert.Equal(pointer, problem.Pointer);
    }

    [Fact]
    public void A_list_that_changes_later_does_not_change_the_split()
    {
        var variants = new List<WeightedVariant> { new("a", 1), new("b", 1) };
        VariantSplit split = VariantSplit.Create(variants);

        variants.Clear();

        Assert.Equal(1, split.IndexOf("b"));
        Assert.Equal(-1, split.IndexOf("B"));
        Assert.Equal(1, split.Choose(0.75));
    }

    private static VariantSplit Split(params double[] weights) =>
        VariantSplit.Create([.. weights.Select((weight, i) => new WeightedVariant($"v{i}", weight))]);
}
