using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Storage.Audit;
using Splitstream.Testing;

namespace Splitstream.Cluster.Tests;

/// <summary>Several whole servers over one database.</summary>
public sealed class Fleet : IAsyncDisposable
{
    private Fleet(Node[] nodes) => Nodes = nodes;

    public Node[] Nodes { get; }

    public Node First => Nodes[0];

    /// <summary>The servers in turn, round and round.</summary>
    public Node this[int index] => Nodes[index % Nodes.Length];

    /// <param name="listenThrough">Connection string for the notifications of each; null for the straight way.</param>
    public static async Task<Fleet> StartAsync(int nodes, Func<int, string, string>? listenThrough = null)
    {
        var database = await PostgresServer.Shared.CreateDatabaseAsync();
        var started = new List<Node>();
        while (started.Count < nodes)
        {
            started.Add(await Node.StartAsync(database, listenThrough?.Invoke(started.Count, database)));
        }

        return new Fleet([.. started]);
    }

    /// <summary>What each server answers, one after the other.</summary>
    public async Task<List<UnitAssignment>> AskAllAsync(string unit, string experiment)
    {
        var answers = new List<UnitAssignment>();
        foreach (var node in Nodes)
        {
            answers.Add(Assert.Single(await node.AssignAsync(unit, experiment)));
        }

        return answers;
    }

    /// <summary>Runs all of this on threads of their own that begin together, and answers in the order of the work.</summary>
    public static async Task<T[]> TogetherAsync<T>(params IReadOnlyList<Func<Task<T>>> work)
    {
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = work.Select(async one =>
        {
            await begin.Task;
            return await one();
        }).ToArray();
        begin.SetResult();
        return await Task.WhenAll(running);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = First.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<long> CountAsync(string from) =>
        Assert.Single(await First.QueryAsync($"SELECT count(*) FROM {from}", row => row.GetInt64(0)));

    /// <summary>Every chain is numbered from one without gaps, and each entry's hash covers its content and the entry before.</summary>
    public async Task AssertAuditIsIntactAsync()
    {
        var entries = await First.QueryAsync(
            "SELECT chain, seq, at, actor, action, detail, previous_hash, hash FROM audit ORDER BY chain, seq",
            row => (Chain: row.GetString(0), Sequence: row.GetInt64(1), At: row.GetFieldValue<DateTimeOffset>(2), Actor: row.GetString(3),
                Action: row.GetString(4), Detail: row.GetString(5), Previous: row.GetFieldValue<byte[]>(6), Hash: row.GetFieldValue<byte[]>(7)));
        foreach (var chain in entries.GroupBy(entry => entry.Chain))
        {
            var (sequence, previous) = (0L, new byte[32]);
            foreach (var entry in chain)
            {
                Assert.Equal(++sequence, entry.Sequence);
                Assert.Equal(previous, entry.Previous);
                previous = AuditWriter.Hash(previous, chain.Key, sequence, entry.At, entry.Actor, entry.Action, entry.Detail);
                Assert.Equal(previous, entry.Hash);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }
    }
}
