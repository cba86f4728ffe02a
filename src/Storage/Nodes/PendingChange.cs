using Npgsql;
using Splitstream.Bucketing;

namespace Splitstream.Storage.Nodes;

/// <summary>One change on its way to all servers: announced within its transaction, settled after the commit.</summary>
public sealed class PendingChange : IDisposable
{
    private readonly Announcer _announcer;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _acknowledged = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HashSet<string>? _awaited;

    internal PendingChange(Announcer announcer, long number) => (_announcer, Number) = (announcer, number);

    internal long Number { get; }

    /// <summary>Names the transaction that makes the change; known once it was announced.</summary>
    internal string Transaction { get; private set; } = "";

    /// <summary>Configuration is to be read again.</summary>
    public Task AnnounceConfigurationAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        AnnounceAsync(connection, NodeMessage.Configuration(_announcer.NodeId, Number), cancellation);

    /// <summary>What is remembered about a unit in an experiment is no longer so.</summary>
    public Task AnnounceUnitAsync(NpgsqlConnection connection, long experimentId, UnitId unit, CancellationToken cancellation) =>
        AnnounceAsync(connection, NodeMessage.Unit(_announcer.NodeId, Number, experimentId, unit), cancellation);

    /// <summary>
    /// Answers when no server can contradict the committed change any more: all have acknowledged it, or <see cref="Announcer.Bound"/> is
    /// over.
    /// </summary>
    public Task SettleAsync(CancellationToken cancellation) => _announcer.SettleAsync(this, cancellation);

    public void Dispose() => _announcer.Forget(Number);

    internal void Acknowledge(string nodeId)
    {
        lock (_lock)
        {
            _acknowledged.Add(nodeId);
            CompleteIfAll();
        }
    }

    internal bool IsAcknowledgedBy(string nodeId)
    {
        lock (_lock)
        {
            return _acknowledged.Contains(nodeId);
        }
    }

    internal Task WhenAcknowledgedBy(IEnumerable<string> nodes)
    {
        lock (_lock)
        {
            _awaited = [.. nodes];
            CompleteIfAll();
        }

        return _done.Task;
    }

    private void CompleteIfAll()
    {
        if (_awaited is not null && _awaited.IsSubsetOf(_acknowledged))
        {
            _done.TrySetResult();
        }
    }

    private async Task AnnounceAsync(NpgsqlConnection connection, string message, CancellationToken cancellation) =>
        Transaction = await NodeRegister.AnnounceAsync(connection, message, cancellation);
}
