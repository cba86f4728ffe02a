namespace Splitstream.Api.Tests;

public sealed class UnitExportTests
{
    [Fact]
    public async Task Units_are_handed_out_as_csv_to_those_who_may_read()
    {
        await using ApiHost host = await Seed.StartAsync();

        Answer read = await host.SendAsync("GET", "/v1/experiments/one/units.csv", secret: "reader-secret");

        Assert.Equal((200, "unitId\nfor analyst\n"), (read.Status, read.Text));
        Assert.Equal(403, (await host.SendAsync("GET", "/v1/experiments/one/units.csv", secret: "client-secret")).Status);
        Assert.Equal("experiment_not_found", (await host.SendAsync("GET", "/v1/experiments/two/units.csv")).Json.GetProperty("code").GetString());
    }
}
