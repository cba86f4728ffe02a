using System.Collections.Concurrent;
using Splitstream.Testing.History;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>
/// A client of the front that asks, exposes and sends events until it is told to end. It repeats no question, since the front has to; a
/// batch that was not acknowledged it sends again, as SDKs do, since the front must not.
/// </summary>
/// <param name="known">Units that some client was told a variant of, in the order of the telling; gets more.</param>
internal sealed class LiveClient(
    HttpClient front, ClientHistory history, IReadOnlyList<string> experiments, ConcurrentQueue<string> known, int number)
{
    public const string Prefix = "live-";

    private const int KnownShare = 3;
    private const int Attempts = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private readonly HistoryClient _client = new(history, $"client {number}");
    private readonly Random _random = new(number);
    private int _items;

    public async Task RunAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            var item = ++_items;
            var isKnown = item % (KnownShare + 1) != 0 && !known.IsEmpty;
            var unit = isKnown ? known.ElementAt(_random.Next(known.Count)) : $"{Prefix}unit-{number}-{item}";
            var answer = await _client.AssignAsync(front, unit, experiments);
            if (!isKnown && answer.Answers.Any(assignment => assignment.IsOfRow)) known.Enqueue(unit);
            if (number % 2 == 0) await ExposeAsync(answer, item);
            else await UntilAcknowledgedAsync(_client.SendEventsAsync, [Event(unit, item, "a"), Event(unit, item, "b")]);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private (string, object) Event(string unit, int item, string which)
    {
        var eventId = $"{Prefix}event-{number}-{item}{which}";
        return (eventId, new { eventId, unitId = unit, name = "bought", timestamp = Now });
    }

    private async Task ExposeAsync(AssignRecord answer, int item)
    {
        (string, object)[] exposures =
        [
            .. answer.Answers.Where(assignment => assignment.IsOfRow).Select(assignment =>
            {
                var exposureId = $"{Prefix}exposure-{number}-{item}-{assignment.Experiment}";
                return (exposureId, (object)new
                {
                    exposureId, unitId = answer.Unit, experiment = assignment.Experiment, variant = assignment.Variant, timestamp = Now,
                });
            }),
        ];
        if (exposures.Length > 0) await UntilAcknowledgedAsync(_client.SendExposuresAsync, exposures);
    }

    private async Task UntilAcknowledgedAsync(
        Func<HttpClient, IReadOnlyList<(string, object)>, Task<IngestRecord>> send, IReadOnlyList<(string, object)> items)
    {
        for (var attempt = 1; attempt <= Attempts && !(await send(front, items)).Exchange.IsDone; attempt++) await Task.Delay(Pause);
    }
}
