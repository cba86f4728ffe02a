using System.Buffers;
using Splitstream.Api.Assignments;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Assignments;
using Xunit.Abstractions;

namespace Splitstream.Api.Tests;

/// <summary>Runs while no other test does, because it counts what the process allocates.</summary>
[Collection(nameof(Alone))]
public sealed class HotPathTests(ITestOutputHelper output)
{
    [Fact]
    public async Task What_a_request_of_the_hot_path_allocates_is_printed()
    {
        // The request is measured over the whole process, fakes and client included, so that it is an upper bound; the parser is exact.
        byte[] body = """{"unitId":"user-0123456789","experiments":["checkout-v2"]}"""u8.ToArray();
        var sequence = new ReadOnlySequence<byte>(body);
        for (int i = 0; i < 100; i++)
        {
            Assert.Null(AssignParser.TryParse(sequence, out _));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        const int Times = 1_000;
        for (int i = 0; i < Times; i++)
        {
            Assert.Null(AssignParser.TryParse(sequence, out _));
        }

        long parser = (GC.GetAllocatedBytesForCurrentThread() - before) / Times;
        await using ApiHost host = await ApiHost.StartAsync();
        host.Ports.Assignment = key => new UnitAssignment(key, "treatment", DecisionReason.Sticky, null, FakePorts.Now);
        using var client = new LoopbackClient(host.Address, "POST /v1/assign", "client-secret", body);
        await client.RepeatAsync(500);
        before = GC.GetTotalAllocatedBytes(precise: true);
        await client.RepeatAsync(Times);
        long request = (GC.GetTotalAllocatedBytes(precise: true) - before) / Times;
        output.WriteLine($"parser: {parser} bytes; whole request over the fake assigner: {request} bytes");
        Assert.True(parser > 0);
        Assert.True(request > 0);
    }
}

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
