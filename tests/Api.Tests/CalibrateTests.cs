using Splitstream.Api.Calibration;
using Splitstream.Api.Experiments;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Tests;

/// <summary>What a planned experiment may say, and what is simulated where it says nothing.</summary>
public sealed class CalibrateTests
{
    private const string Path = "/v1/calibrate";

    [Fact]
    public async Task An_empty_plan_is_two_equal_variants_under_the_default_rule()
    {
        await using ApiHost host = await Seed.StartAsync();

        Answer answer = await host.SendAsync("POST", Path, "{}");

        Assert.Equal(200, answer.Status);
        Assert.Equal("unavailable", answer.Json.GetProperty("status").GetString());
        Assert.Equal(DecisionRule.Default, host.Ports.Planned!.Definition.Rule);
        Assert.Equal([1.0, 1.0], host.Ports.Planned.Definition.Variants.Select(variant => variant.Weight));
        Assert.Null(host.Ports.Planned.Metric);
    }

    [Theory]
    [InlineData("""{"rate":0.1}""", MetricType.Conversion)]
    [InlineData("""{"mean":3,"variance":9}""", MetricType.Mean)]
    public async Task A_baseline_describes_a_metric_that_is_not_in_the_catalogue(string baseline, MetricType type)
    {
        await using ApiHost host = await Seed.StartAsync();
        string body = $$"""{"windowHours":72,"decisionRule":{"plan":{"unitsPerDay":4000,"baseline":{{baseline}},"mde":0.01} },"runs":5000,"seed":7}""";

        await host.SendAsync("POST", Path, body);

        Assert.Equal((type, 72.0), (host.Ports.Planned!.Metric!.Type, host.Ports.Planned.Metric.WindowHours));
        Assert.Equal((5000, 7UL), (host.Ports.Planned.Runs, host.Ports.Planned.Seed));
    }

    [Fact]
    public async Task The_body_of_a_new_experiment_is_a_plan()
    {
        await using ApiHost host = await Seed.StartAsync();
        const string Body =
            """
            {"key":"next","name":"Next","hypothesis":"It will be better","variants":[{"key":"a","weight":2,"isControl":true},{"key":"b","weight":1}],
             "targeting":{},"decisionRule":{"cadenceMinutes":60}}
            """;

        Answer answer = await host.SendAsync("POST", Path, Body);

        Assert.Equal(200, answer.Status);
        Assert.Equal((60, 2.0), (host.Ports.Planned!.Definition.Rule.CadenceMinutes, host.Ports.Planned.Definition.Variants[0].Weight));
        Assert.Empty(host.Ports.Writes);
    }

    [Fact]
    public void Whatever_a_new_experiment_may_say_a_plan_may_say() =>
        Assert.Empty(
            typeof(CreateExperimentRequest).GetProperties().Select(field => field.Name)
                .Except(typeof(CalibrateRequest).GetProperties().Select(field => field.Name)));

    [Fact]
    public async Task History_is_of_the_last_two_weeks_unless_said()
    {
        await using ApiHost host = await StartAsync();

        await host.SendAsync("POST", Path, """{"primaryMetric":"bought","fromEvents":{}}""");
        var usual = host.Ports.Planned!;
        await host.SendAsync("POST", Path, """{"primaryMetric":"bought","fromEvents":{"days":30},"runs":1000}""");

        Assert.Equal((14, "bought", null), (usual.HistoryDays, usual.Definition.PrimaryMetric, usual.Runs));
        Assert.Equal((30, 1_000), (host.Ports.Planned!.HistoryDays, host.Ports.Planned.Runs));
    }

    [Theory]
    [InlineData("""{"variants":[{"key":"a","weight":1}]}""", "/variants")]
    [InlineData("""{"variants":[{"key":"a","weight":0},{"key":"b","weight":0}]}""", "/variants")]
    [InlineData("""{"primaryMetric":"nobody-knows"}""", "/primaryMetric")]
    [InlineData("""{"guardrails":["nobody-knows"]}""", "/guardrails/0")]
    [InlineData("""{"windowHours":-1}""", "/windowHours")]
    [InlineData("""{"runs":999}""", "/runs")]
    [InlineData("""{"seed":-1}""", "/seed")]
    [InlineData("""{"decisionRule":{"plan":{"baseline":{"rate":1}}}}""", "/decisionRule/plan/baseline/rate")]
    [InlineData("""{"fromEvents":{}}""", "/primaryMetric")]
    [InlineData("""{"primaryMetric":"nobody-knows","fromEvents":{}}""", "/primaryMetric")]
    [InlineData("""{"primaryMetric":"time","fromEvents":{}}""", "/primaryMetric")]
    [InlineData("""{"primaryMetric":"bought","fromEvents":{"days":91}}""", "/fromEvents/days")]
    [InlineData("""{"primaryMetric":"bought","fromEvents":{"weeks":1}}""", "/fromEvents/weeks")]
    [InlineData("""{"unknown":1}""", "/unknown")]
    public async Task A_plan_that_cannot_be_is_refused(string body, string pointer)
    {
        await using ApiHost host = await StartAsync();

        Answer answer = await host.SendAsync("POST", Path, body);

        Problems.Check(answer, 422, "validation_failed", [pointer]);
        Assert.Null(host.Ports.Planned);
    }

    private static async Task<ApiHost> StartAsync()
    {
        ApiHost host = await Seed.StartAsync();
        host.Ports.Metrics["bought"] = new MetricDefinition("bought", "bought", MetricType.Conversion, "buy", null, 24, MetricDirection.Increase, null, null, 0);
        host.Ports.Metrics["time"] = host.Ports.Metrics["bought"] with { Key = "time", Type = MetricType.Quantile };
        return host;
    }
}
