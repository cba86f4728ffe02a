using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Metrics;

namespace Splitstream.Database.Tests;

public sealed class PropertyPathTests
{
    [Theory]
    [InlineData("$", "")]
    [InlineData("$.revenue", "revenue")]
    [InlineData("$.a_1.B", "a_1|B")]
    [InlineData("$['unit price'].items[0][12]", "unit price|items|0|12")]
    [InlineData("$['新規']", "新規")]
    [InlineData("$['a.b[0]\"$']", "a.b[0]\"$")]
    public void A_path_is_read_as_steps(string text, string steps)
    {
        Assert.True(PropertyPath.TryParse(text, out var path, out _));
        Assert.Equal(steps, string.Join('|', path.Steps));
    }

    [Theory]
    [InlineData("")]
    [InlineData("revenue")]
    [InlineData("$revenue")]
    [InlineData("$.")]
    [InlineData("$..a")]
    [InlineData("$.*")]
    [InlineData("$[*]")]
    [InlineData("$.a ? (@ > 1)")]
    [InlineData("$.0")]
    [InlineData("$[-1]")]
    [InlineData("$[01]")]
    [InlineData("$[1234567]")]
    [InlineData("$[0")]
    [InlineData("$['a'")]
    [InlineData("$['']")]
    [InlineData("$['a\\'b']")]
    [InlineData("$['a\0']")]
    [InlineData("$.a'; DROP TABLE events; --")]
    [InlineData("$.size()")]
    public void Anything_else_is_refused_with_a_sentence(string text)
    {
        Assert.False(PropertyPath.TryParse(text, out _, out var error));
        Assert.EndsWith(".", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused()
    {
        Assert.False(PropertyPath.TryParse("$['" + '\ud800' + "']", out _, out _));
        Assert.False(PropertyPath.TryParse("$['\ufffd" + '\ud800' + "']", out _, out _));
        Assert.True(PropertyPath.TryParse("$['\ufffd']", out _, out _));
    }

    [Theory]
    [InlineData(MetricType.Ratio, null, null, null)]
    [InlineData(MetricType.Retention, null, null, null)]
    [InlineData(MetricType.Quantile, "$.a", null, null)]
    [InlineData(MetricType.Mean, null, null, null)]
    [InlineData(MetricType.Mean, "a", null, null)]
    [InlineData(MetricType.Count, null, 0.0, null)]
    [InlineData(MetricType.Count, null, double.NaN, null)]
    [InlineData(MetricType.Count, null, 1e9, null)]
    [InlineData(MetricType.Count, null, 1e-12, null)]
    [InlineData(MetricType.Count, null, null, 0.0)]
    [InlineData(MetricType.Count, null, null, double.PositiveInfinity)]
    public void A_metric_that_cannot_be_computed_is_refused(MetricType type, string? path, double? windowHours, double? cap)
    {
        Assert.False(MetricRule.TryCreate(World.Metric("m", type, "buy", path, windowHours, cap), out _, out var error));
        Assert.EndsWith(".", error, StringComparison.Ordinal);
    }
}
