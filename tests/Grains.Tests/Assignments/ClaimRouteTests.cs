using Orleans.Runtime;
using Splitstream.Api.Tests;
using Splitstream.Grains.Assignments;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Storage.Assignments;

namespace Splitstream.Grains.Tests.Assignments;

public sealed class ClaimRouteTests
{
    private static readonly ClaimPlacement Cluster = new(TimeSpan.FromMinutes(5), MayBeElsewhere: true);
    private static readonly ClaimPlacement OneProcess = Cluster with { MayBeElsewhere = false };
    private static readonly ClaimAnswer ByGrain = new(ClaimStatus.Assigned, "by grain", 1, DateTimeOffset.UnixEpoch, true, null);
    private static readonly ClaimAnswer ByWriter = ByGrain with { Variant = "by writer" };

    private readonly List<string> _asked = [];

    [Fact]
    public async Task A_claim_goes_to_the_grain_of_its_experiment_or_group_and_partition()
    {
        var free = await ClaimAsync(Cluster, Task.FromResult(ByGrain));
        var exclusive = await ClaimAsync(Cluster, Task.FromResult(ByGrain), group: 9);

        Assert.Equal((ByGrain, ByGrain), (free, exclusive));
        Assert.Equal(["IAssignmentGrain 7/3", "IMutexGroupGrain 9/3"], _asked);
    }

    [Fact]
    public async Task A_claim_whose_grain_does_not_answer_is_written_here()
    {
        Assert.Equal(ByWriter, await ClaimAsync(Cluster, new TaskCompletionSource<ClaimAnswer>().Task));
    }

    [Fact]
    public async Task A_claim_that_the_engine_refuses_is_written_here()
    {
        Assert.Equal(ByWriter, await ClaimAsync(Cluster, Task.FromException<ClaimAnswer>(new OrleansException("No silo takes it."))));
    }

    [Fact]
    public async Task What_the_database_refused_to_the_grain_is_not_asked_of_it_again()
    {
        await Assert.ThrowsAsync<StorageUnavailableException>(
            () => ClaimAsync(Cluster, Task.FromException<ClaimAnswer>(new StorageUnavailableException("The database is away."))));
        Assert.Single(_asked);
    }

    [Fact]
    public async Task In_one_process_nobody_else_holds_the_grain_and_the_claim_waits()
    {
        var grain = new TaskCompletionSource<ClaimAnswer>();
        var claim = ClaimAsync(OneProcess, grain.Task);
        var sooner = await Task.WhenAny(claim, Task.Delay(TimeSpan.FromSeconds(1.5)));
        grain.SetResult(ByGrain);

        Assert.NotSame(claim, sooner);
        Assert.Equal(ByGrain, await claim);
        await Assert.ThrowsAsync<OrleansException>(() => ClaimAsync(OneProcess, Task.FromException<ClaimAnswer>(new OrleansException("No."))));
    }

    private Task<ClaimAnswer> ClaimAsync(ClaimPlacement placement, Task<ClaimAnswer> byGrain, long? group = null)
    {
        var grains = FakeGrainFactory.Of((type, key) =>
        {
            _asked.Add($"{type.Name} {key}");
            return new Grain(byGrain);
        });
        return new ClaimRoute(grains, new Writer(), placement)
            .ClaimAsync(new ClaimProposal(7, "unit", "control", 1, 1, group), 3, CancellationToken.None);
    }

    private sealed class Grain(Task<ClaimAnswer> answer) : IAssignmentGrain, IMutexGroupGrain
    {
        public Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal) => answer;
    }

    private sealed class Writer : IClaimWriter
    {
        public Task<ClaimAnswer> ClaimAsync(ClaimProposal proposal) => Task.FromResult(ByWriter);
    }
}
