namespace Splitstream.Testing.History;

/// <summary>A broken promise with the fewest facts that show it.</summary>
/// <param name="Promise">What should hold and does not.</param>
/// <param name="Records">The requests and answers that contradict, in the order of their starts.</param>
/// <param name="Rows">What the tables say to it, one line each.</param>
public sealed record Violation(string Promise, IReadOnlyList<HistoryRecord> Records, IReadOnlyList<string> Rows)
{
    /// <summary>Number of facts.</summary>
    public int Length => Records.Count + Rows.Count;

    internal static Violation Of(string promise, IEnumerable<HistoryRecord> records, params IEnumerable<object> rows) => new(
        promise,
        [.. records.OrderBy(record => record.Start).ThenBy(record => record.End)],
        [.. rows.Select(row => row.ToString()!)]);

    public override string ToString() =>
        string.Join('\n', [Promise, .. Records.Select(record => $"  {record}"), .. Rows.Select(row => $"  {row}")]);
}
