using Npgsql;
using Splitstream.Testing.Faults;

namespace Splitstream.Cluster.Tests;

/// <summary>A proxy for the notifications of each server; everything else goes the straight way.</summary>
public sealed class NotificationPaths : IAsyncDisposable
{
    private readonly List<TcpProxy> _proxies = [];

    public TcpProxy this[int node] => _proxies[node];

    /// <summary>The way of the next server to its database.</summary>
    public string Next(int node, string connectionString)
    {
        var straight = new NpgsqlConnectionStringBuilder(connectionString);
        _proxies.Add(new TcpProxy(straight.Port));
        return new NpgsqlConnectionStringBuilder(connectionString) { Port = _proxies[node].Port }.ConnectionString;
    }

    /// <summary>Cuts, slows, loses and restores one path after the other, until told to end.</summary>
    public async Task DisturbAsync(int seed, TimeSpan longestStep, TimeSpan longestDelay, CancellationToken enough)
    {
        var random = new Random(seed);
        while (!enough.IsCancellationRequested)
        {
            var proxy = _proxies[random.Next(_proxies.Count)];
            Action disturbance = random.Next(5) switch
            {
                0 => proxy.Cut,
                1 => proxy.Drop,
                2 => () => proxy.Delay(random.NextDouble() * longestDelay, random.NextDouble() * longestDelay),
                _ => proxy.Restore,
            };
            disturbance();
            await Task.Delay(random.NextDouble() * longestStep, enough).ContinueWith(_ => { }, CancellationToken.None);
        }
    }

    public void Restore() => _proxies.ForEach(proxy => proxy.Restore());

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }
    }
}
