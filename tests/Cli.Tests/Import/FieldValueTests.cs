using Splitstream.Cli.Import;

namespace Splitstream.Cli.Tests.Import;

public sealed class FieldValueTests
{
    [Theory]
    [InlineData("3.50", "3.50")]
    [InlineData("+007", "7")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("-0.0", "-0.0")]
    [InlineData("1E+05", "1e05")]
    [InlineData(" 2e-3 ", "2e-3")]
    [InlineData("123456789012345678901234567890.5", "123456789012345678901234567890.5")]
    public void A_number_keeps_its_digits(string field, string json)
    {
        Assert.True(FieldValue.TryNumber(field, out var text));
        Assert.Equal(json, text);
        Assert.True(System.Text.Json.Nodes.JsonNode.Parse(text) is not null);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("inf")]
    [InlineData("-Infinity")]
    [InlineData("1,5")]
    [InlineData("1 000")]
    [InlineData("0x10")]
    [InlineData("1e400")]
    [InlineData("1e")]
    [InlineData(".")]
    [InlineData("٣")]
    [InlineData("1.5.2")]
    [InlineData("$5")]
    public void What_is_no_plain_number_is_refused(string field) => Assert.False(FieldValue.TryNumber(field, out _));

    [Theory]
    [InlineData("True", true)]
    [InlineData("yes", true)]
    [InlineData("T", true)]
    [InlineData("1.0", true)]
    [InlineData("FALSE", false)]
    [InlineData("n", false)]
    [InlineData("0", false)]
    public void A_conversion_is_a_plain_yes_or_no(string field, bool value)
    {
        Assert.True(FieldValue.TryBoolean(field, out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("maybe")]
    [InlineData("0.5")]
    public void Anything_else_is_no_conversion(string field) => Assert.False(FieldValue.TryBoolean(field, out _));

    [Theory]
    [InlineData("3", "3")]
    [InlineData("3.0", "3")]
    [InlineData("0", "0")]
    [InlineData("9007199254740992", "9007199254740992")]
    public void A_count_is_a_whole_number(string field, string json)
    {
        Assert.True(FieldValue.TryCount(field, out var text));
        Assert.Equal(json, text);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("1e3")]
    [InlineData("9007199254740993")]
    public void Anything_else_is_no_count(string field) => Assert.False(FieldValue.TryCount(field, out _));

    [Theory]
    [InlineData("0", true)]
    [InlineData("-0.00", true)]
    [InlineData("0e5", true)]
    [InlineData("0.001", false)]
    [InlineData("10", false)]
    public void Zero_is_recognised_in_every_spelling(string json, bool zero) => Assert.Equal(zero, FieldValue.IsZero(json));
}
