namespace Splitstream.Bucketing.Tests;

public sealed class UnitIdTests
{
    [Fact]
    public void Two_normal_forms_of_one_text_are_one_unit()
    {
        Assert.True(UnitId.TryCreate("caf\u00e9", out UnitId composed, out _));
        Assert.True(UnitId.TryCreate("cafe\u0301", out UnitId decomposed, out _));

        Assert.Equal(composed, decomposed);
        Assert.Equal("caf\u00e9", decomposed.Value);
        Assert.Equal(composed.GetHashCode(), decomposed.GetHashCode());
    }

    [Theory]
    [InlineData("Alice")]
    [InlineData(" alice")]
    [InlineData("alice ")]
    [InlineData("\uff41lice")]
    public void Case_spaces_and_compatibility_characters_make_another_unit(string text)
    {
        Assert.True(UnitId.TryCreate(text, out UnitId other, out _));
        Assert.True(UnitId.TryCreate("alice", out UnitId alice, out _));

        Assert.NotEqual(alice, other);
        Assert.Equal(text, other.Value);
    }

    [Theory]
    [InlineData(null, UnitIdError.Empty)]
    [InlineData("", UnitIdError.Empty)]
    [InlineData("a\0b", UnitIdError.ContainsNul)]
    public void A_text_that_is_no_id_is_refused_with_its_reason(string? text, UnitIdError expected)
    {
        Assert.False(UnitId.TryCreate(text, out UnitId id, out UnitIdError error));
        Assert.Equal(expected, error);
        Assert.Equal("", id.Value);
    }

    [Fact]
    public void A_lone_surrogate_is_refused_wherever_it_stands()
    {
        foreach (string text in new[] { "\uD800", "\uDC00", "a\uD800", "\uDC00a", "\uD83D\uD83D\uDCAF", "\uDCAF\uD83D" })
        {
            Assert.False(UnitId.TryCreate(text, out _, out UnitIdError error));
            Assert.Equal(UnitIdError.LoneSurrogate, error);
        }

        Assert.True(UnitId.TryCreate("\uD83D\uDCAF", out _, out _));
    }

    [Theory]
    [InlineData("u", 512, true)]
    [InlineData("u", 513, false)]
    [InlineData("\U0001F3AF", 512, true)]
    [InlineData("\U0001F3AF", 513, false)]
    [InlineData("e\u0301", 512, true)]
    [InlineData("e\u0301", 513, false)]
    [InlineData("\u03c9\u0314\u0342\u0345", 512, true)]
    [InlineData("\u0958", 256, true)]
    [InlineData("\u0958", 257, false)]
    [InlineData("u", 5_000_000, false)]
    public void The_length_is_counted_in_code_points_after_normalisation(string piece, int times, bool accepted)
    {
        string text = string.Concat(Enumerable.Repeat(piece, times));

        Assert.Equal(accepted, UnitId.TryCreate(text, out _, out UnitIdError error));
        Assert.Equal(accepted ? UnitIdError.None : UnitIdError.TooLong, error);
    }

    [Fact]
    public void A_seed_is_written_in_lower_case_hexadecimal_digits()
    {
        byte[] bytes = [.. Enumerable.Range(0xE0, 32).Select(i => (byte)i)];

        Assert.Equal("e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", BucketingSeed.FromBytes(bytes).Value);
        Assert.Throws<ArgumentException>(() => BucketingSeed.FromBytes(bytes.AsSpan(1)));
    }
}
