using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Tests;

/// <summary>What may be asked about power, and what stands where nothing is said.</summary>
public sealed class PowerTests
{
    private const string Path = "/v1/power";

    [Fact]
    public async Task An_effect_on_a_rate_is_enough_of_a_question()
    {
        await using ApiHost host = await Seed.StartAsync();

        Answer answer = await host.SendAsync("POST", Path, """{"baseline":{"rate":0.1},"mde":0.02}""");

        Assert.Equal(200, answer.Status);
        Assert.Equal(DecisionRule.Default, host.Ports.PlannedPower!.Rule);
        Assert.Equal((0.8, 0.1, 0.02), (host.Ports.PlannedPower.Power, host.Ports.PlannedPower.BaselineRate, host.Ports.PlannedPower.Mde));
        Assert.Equal([1.0, 1.0], host.Ports.PlannedPower.Variants.Select(variant => variant.Weight));
        Assert.Equal((null, null), (host.Ports.PlannedPower.Days, host.Ports.PlannedPower.UnitsPerDay));
    }

    [Fact]
    public async Task Days_ask_for_the_effect_that_is_found_by_then()
    {
        await using ApiHost host = await Seed.StartAsync();
        const string Body =
            """
            {"baseline":{"mean":3,"variance":9},"days":14,"unitsPerDay":900,"alpha":0.01,"power":0.9,"windowHours":24,
             "variants":[{"key":"a","weight":2},{"key":"b","weight":1},{"key":"off","weight":0}],"decisionRule":{"cadenceMinutes":60,"minSample":500}}
            """;

        await host.SendAsync("POST", Path, Body, "reader-secret");

        var planned = host.Ports.PlannedPower!;
        Assert.Equal((3.0, 9.0, 24.0, 14.0, 900.0, 0.9), (planned.BaselineMean, planned.BaselineVariance, planned.WindowHours, planned.Days, planned.UnitsPerDay, planned.Power));
        Assert.Equal((0.01, 60, 500L), (planned.Rule.Alpha, planned.Rule.CadenceMinutes, planned.Rule.MinSample));
        Assert.Null(planned.Mde);
        Assert.Empty(host.Ports.Writes);
    }

    [Theory]
    [InlineData("""{"mde":0.1}""", "/baseline")]
    [InlineData("""{"baseline":{},"mde":0.1}""", "/baseline")]
    [InlineData("""{"baseline":{"rate":0.1,"mean":1},"mde":0.1}""", "/baseline")]
    [InlineData("""{"baseline":{"mean":1},"mde":0.1}""", "/baseline/variance")]
    [InlineData("""{"baseline":{"rate":1},"mde":0.1}""", "/baseline/rate")]
    [InlineData("""{"baseline":{"rate":0.9},"mde":0.1}""", "/mde")]
    [InlineData("""{"baseline":{"rate":0.95},"mde":0.05}""", "/mde")]
    [InlineData("""{"baseline":{"rate":0.9},"mde":0}""", "/mde")]
    [InlineData("""{"baseline":{"rate":0.1}}""", "/mde")]
    [InlineData("""{"baseline":{"rate":0.1},"days":7}""", "/unitsPerDay")]
    [InlineData("""{"baseline":{"rate":0.1},"days":0,"unitsPerDay":10}""", "/days")]
    [InlineData("""{"baseline":{"rate":0.1},"days":7,"unitsPerDay":10,"mde":0.1}""", "/days")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"alpha":0.5}""", "/alpha")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"power":1}""", "/power")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"power":0.025}""", "/power")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"unitsPerDay":-1}""", "/unitsPerDay")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"variants":[{"key":"a","weight":1},{"key":"b","weight":0}]}""", "/variants")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"variants":[{"key":"a","weight":0},{"key":"b","weight":1},{"key":"c","weight":1}]}""", "/variants")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"decisionRule":{"cadenceMinutes":1}}""", "/decisionRule/cadenceMinutes")]
    [InlineData("""{"baseline":{"rate":0.1},"mde":0.1,"unknown":1}""", "/unknown")]
    public async Task A_question_without_an_answer_is_refused(string body, string pointer)
    {
        await using ApiHost host = await Seed.StartAsync();

        Answer answer = await host.SendAsync("POST", Path, body);

        Problems.Check(answer, 422, "validation_failed", [pointer]);
        Assert.Null(host.Ports.PlannedPower);
    }
}
