using System.Globalization;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Samples;

public class ExactSumsTests
{
    [Theory]
    [InlineData("0", "0", 0)]
    [InlineData("-12", "-12", 0)]
    [InlineData("+3.50", "350", 2)]
    [InlineData(".5", "5", 1)]
    [InlineData("7.", "7", 0)]
    [InlineData("123456789012345678901234567890.000000001", "123456789012345678901234567890000000001", 9)]
    public void Numerics_are_read_without_rounding(string text, string unscaled, int scale)
    {
        var number = ExactNumber.Parse(text);

        Assert.Equal(unscaled, number.Unscaled.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(scale, number.Scale);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1e5")]
    [InlineData(" 1")]
    [InlineData("1,5")]
    [InlineData("1.2.3")]
    [InlineData("--1")]
    [InlineData("٣")]
    public void Anything_else_is_refused(string text)
    {
        Assert.Throws<FormatException>(() => ExactNumber.Parse(text));
    }

    [Fact]
    public void A_spread_far_below_the_mean_keeps_every_digit()
    {
        // Values 1e15, 1e15 + 0.1 and 1e15 + 0.2: variance 0.01, which doubles would lose in 1e30.
        var values = new[] { 1e15m, 1e15m + 0.1m, 1e15m + 0.2m };
        var sums = values.Aggregate(
            new ExactSums(0, ExactNumber.Zero, ExactNumber.Zero),
            (all, v) => all.Add(new ExactSums(1, v, (ExactNumber)v * (ExactNumber)v)));

        var summary = sums.Summarise().Value;

        Assert.Equal(0.01, summary.Variance);
        Assert.Equal(1e15 + 0.1, summary.Mean);
    }

    [Fact]
    public void The_order_of_adding_does_not_change_a_bit()
    {
        var random = new Random(5);
        var parts = Enumerable.Range(0, 200).Select(_ =>
        {
            var v = (decimal)Math.Round(random.NextDouble() * 1e6, 4);
            return new ExactSums(1, v, (ExactNumber)v * (ExactNumber)v);
        }).ToList();

        var forward = parts.Aggregate((x, y) => x.Add(y)).Summarise().Value;
        var backward = Enumerable.Reverse(parts).Aggregate((x, y) => x.Add(y)).Summarise().Value;

        Assert.Equal(forward, backward);
    }

    [Fact]
    public void Doubles_come_out_as_the_parser_of_the_platform_rounds_them()
    {
        var random = new Random(6);
        for (var i = 0; i < 2000; i++)
        {
            var digits = string.Concat(Enumerable.Range(0, 1 + random.Next(40)).Select(_ => (char)('0' + random.Next(10))));
            var text = random.Next(2) == 0 ? digits : $"-0.{new string('0', random.Next(330))}{digits}";

            Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture) + 0.0, ExactNumber.Parse(text).ToDouble() + 0.0);
        }
    }

    [Fact]
    public void Sums_that_no_values_have_are_named_as_such()
    {
        Assert.Equal(Inconclusive.NoUnits, SampleSummary.FromSums(0, "0", "0").Why?.Reason);
        Assert.Equal(Inconclusive.ImpossibleSums, SampleSummary.FromSums(2, "10", "49.999").Why?.Reason);
        Assert.Equal(Inconclusive.Overflow, SampleSummary.FromSums(2, "1" + new string('0', 400), "1" + new string('0', 800)).Why?.Reason);
    }
}
