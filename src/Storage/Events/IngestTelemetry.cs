using System.Diagnostics.Metrics;
using Splitstream.Grains.Interfaces;

namespace Splitstream.Storage.Events;

/// <summary>Counts what became of the items that this process committed.</summary>
/// <remarks>
/// Every series is there from the start, at zero: the increase of a counter that appears with its first item would not be seen.
/// </remarks>
internal static class IngestTelemetry
{
    private static readonly string[] Kinds = ["exposure", "event"];
    private static readonly string[] Outcomes = ["counted", "duplicate", "quarantined", "rejected", "dead_lettered"];
    private static readonly long[] Totals = new long[Kinds.Length * Outcomes.Length];

    private static readonly ObservableCounter<long> Items = Telemetry.Meter.CreateObservableCounter(
        "splitstream.ingest.items", Measure, null, "Items of events and exposures that this process committed, by what became of them.");

    /// <summary>Makes the counter known; a second call changes nothing.</summary>
    public static void Publish() => _ = Items;

    /// <param name="tallies">Of one committed transaction: exposures, then events.</param>
    public static void Record(ReadOnlySpan<BatchTally> tallies)
    {
        for (var kind = 0; kind < Kinds.Length; kind++)
        {
            var tally = tallies[kind];
            long[] counts = [tally.Counted, tally.Duplicate, tally.Quarantined, tally.Rejected, tally.Dead];
            for (var outcome = 0; outcome < counts.Length; outcome++)
            {
                Interlocked.Add(ref Totals[(kind * Outcomes.Length) + outcome], counts[outcome]);
            }
        }
    }

    private static IEnumerable<Measurement<long>> Measure() =>
        Totals.Select((_, i) => new Measurement<long>(
            Interlocked.Read(ref Totals[i]),
            new KeyValuePair<string, object?>("kind", Kinds[i / Outcomes.Length]),
            new KeyValuePair<string, object?>("outcome", Outcomes[i % Outcomes.Length])));
}
