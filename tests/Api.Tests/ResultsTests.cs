using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Tests;

public sealed class ResultsTests
{
    [Fact]
    public async Task Results_are_the_latest_snapshot_with_its_numbers_untouched_and_the_count_of_views_spliced_in()
    {
        await using ApiHost host = await Seed.StartAsync();
        host.Grains.Take("one", "s1");

        Answer first = await host.SendAsync("GET", "/v1/experiments/one/results", secret: "reader-secret");
        Answer second = await host.SendAsync("GET", "/v1/experiments/one/snapshots/s0", secret: "reader-secret");

        Assert.Equal(FakeGrains.Body.Replace("\"ab\"", "\"ab\",\"viewCount\":1", StringComparison.Ordinal), first.Text);
        Assert.Equal(2, second.Json.GetProperty("viewCount").GetInt64());
        Assert.Equal([("s1", "analyst"), ("s0", "analyst")], host.Grains.Views.Select(view => (view.SnapshotId, view.Viewer)));
    }

    [Fact]
    public async Task Without_a_snapshot_one_is_taken_and_a_refusal_of_that_is_handed_on()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer taken = await host.SendAsync("GET", "/v1/experiments/new/results");
        host.Grains.AnalysisRefusal = new Problem(ErrorCode.NoSnapshot, "A draft has nothing to analyse.");
        Answer refused = await host.SendAsync("GET", "/v1/experiments/draft/results");

        Assert.Equal((200, "s1"), (taken.Status, taken.Json.GetProperty("snapshotId").GetString()));
        Problems.Check(refused, 409, "no_snapshot");
        Assert.Single(host.Ports.Writes);
    }

    [Fact]
    public async Task Snapshots_are_taken_located_verified_and_belong_to_one_experiment()
    {
        await using ApiHost host = await Seed.StartAsync();
        host.Ports.Experiments["two"] = Seed.Experiment("two");

        Answer taken = await host.SendAsync("POST", "/v1/experiments/one/analyze");
        Answer located = await host.SendAsync("GET", "/v1/snapshots/s0");
        Answer verified = await host.SendAsync("POST", "/v1/experiments/one/snapshots/s0/verify");
        Answer foreign = await host.SendAsync("GET", "/v1/experiments/two/snapshots/s0");
        Answer foreignVerify = await host.SendAsync("POST", "/v1/experiments/two/snapshots/s0/verify");
        Answer absent = await host.SendAsync("GET", "/v1/snapshots/none");

        Assert.Equal("""{"experiment":"one","snapshotId":"s2","lookNumber":null}""", taken.Text);
        Assert.Equal("""{"experiment":"one","snapshotId":"s0"}""", located.Text);
        Assert.Equal("""{"engine":"matches","data":"differs","metric":"retention_7"}""", verified.Text);
        Problems.Check(foreign, 404, "snapshot_not_found");
        Problems.Check(foreignVerify, 404, "snapshot_not_found");
        Problems.Check(absent, 404, "snapshot_not_found");
        Assert.Empty(host.Grains.Views);
    }
}
