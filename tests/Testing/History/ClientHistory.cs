using System.Collections.Concurrent;

namespace Splitstream.Testing.History;

/// <summary>What all clients of a test asked and were answered. Any thread may add.</summary>
public sealed class ClientHistory
{
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly ConcurrentQueue<HistoryRecord> _records = new();

    /// <param name="time">Only its monotonic timestamps are read.</param>
    public ClientHistory(TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
    }

    /// <summary>Time since the history began.</summary>
    /// <remarks>Cut to a tick of 100 ns, so that an order read from two of these times is a true one.</remarks>
    public TimeSpan Now => _time.GetElapsedTime(_began);

    public void Add(HistoryRecord record) => _records.Enqueue(record);

    /// <summary>All records so far, as they came.</summary>
    public IReadOnlyList<HistoryRecord> Records => [.. _records];
}
