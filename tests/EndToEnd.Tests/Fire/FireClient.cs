using System.Collections.Concurrent;
using Splitstream.Testing.History;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>A client that asks, exposes and sends events until it is told to end, and goes to another server when one fails it.</summary>
/// <param name="told">Pairs that a client was told a variant of; gets more.</param>
internal sealed class FireClient(
    FireCluster cluster, ClientHistory history, FireExperiments experiments, string prefix, int number, int seed,
    ConcurrentDictionary<(string Unit, string Experiment), bool> told)
{
    public const int Units = 1_000;

    /// <summary>More than any fault lasts.</summary>
    private const int Tries = 400;

    private const int ShortestPauseMilliseconds = 20;
    private const int LongestPauseMilliseconds = 100;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    private readonly HistoryClient _client = new(history, $"client {number}");
    private readonly Random _random = new((seed * 1_000) + number);
    private int _items;

    public async Task RunAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            var unit = $"{prefix}unit-{_random.Next(Units)}";
            var asked = experiments.Choose(_random);
            var answer = await RepeatAsync(node => _client.AssignAsync(node.Client, unit, asked));
            foreach (var assignment in answer.Answers.Where(each => each.IsOfRow)) told.TryAdd((unit, assignment.Experiment), true);
            if (number % 4 == 0) await ExposeAsync(answer);
            if (number % 4 == 1) await SendEventsAsync(unit);
            await Task.Delay(_random.Next(ShortestPauseMilliseconds, LongestPauseMilliseconds), CancellationToken.None);
        }
    }

    private async Task ExposeAsync(AssignRecord answer)
    {
        (string, object)[] exposures =
        [
            .. answer.Answers.Where(assignment => assignment.IsOfRow).Select(assignment =>
            {
                var exposureId = NextId("exposure");
                return (exposureId, (object)new
                {
                    exposureId, unitId = answer.Unit, experiment = assignment.Experiment, variant = assignment.Variant, timestamp = Now,
                });
            }),
        ];
        if (exposures.Length > 0) await RepeatAsync(node => _client.SendExposuresAsync(node.Client, exposures));
    }

    private async Task SendEventsAsync(string unit)
    {
        (string, object)[] events =
        [
            .. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ =>
            {
                var eventId = NextId("event");
                return (eventId, (object)new { eventId, unitId = unit, name = "bought", timestamp = Now });
            }),
        ];
        await RepeatAsync(node => _client.SendEventsAsync(node.Client, events));
        // Some clients do not believe what they were told.
        if (_random.Next(4) == 0) await RepeatAsync(node => _client.SendEventsAsync(node.Client, events));
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private string NextId(string kind) => $"{prefix}{kind}-{number}-{++_items}";

    /// <summary>Sends the same request to random servers until one answers it.</summary>
    private async Task<T> RepeatAsync<T>(Func<FireNode, Task<T>> send)
        where T : HistoryRecord
    {
        for (var attempt = 1; ; attempt++)
        {
            var record = await send(cluster.Nodes[_random.Next(cluster.Nodes.Count)]);
            if (!record.Exchange.IsUnknown || attempt == Tries) return record;
            await Task.Delay(RetryPause);
        }
    }
}
