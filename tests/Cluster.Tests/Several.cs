using Splitstream.Grains.Interfaces.Assignments;

namespace Splitstream.Cluster.Tests;

/// <summary>Several whole servers in this process over one database.</summary>
public sealed class Several : IAsyncDisposable
{
    private readonly List<Node> _nodes = [];

    public int Count => _nodes.Count;

    /// <summary>The servers in turn, round and round.</summary>
    public Node this[int index] => _nodes[index % _nodes.Count];

    /// <param name="listenThrough">Connection string for the notifications of each; null for the straight way.</param>
    public static async Task<Several> StartAsync(int count, Func<int, string, string?>? listenThrough = null)
    {
        var several = new Several();
        var connectionString = await Testing.PostgresServer.Shared.CreateDatabaseAsync();
        for (var i = 0; i < count; i++)
        {
            several._nodes.Add(await Node.StartAsync(connectionString, listenThrough?.Invoke(i, connectionString)));
        }

        return several;
    }

    /// <summary>What each server answers, one after the other.</summary>
    public async Task<List<UnitAssignment>> AskAllAsync(string unit, string experiment)
    {
        var answers = new List<UnitAssignment>();
        foreach (var node in _nodes)
        {
            answers.Add(Assert.Single(await node.AssignAsync(unit, experiment)));
        }

        return answers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }
}
