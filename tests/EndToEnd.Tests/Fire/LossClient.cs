using System.Collections.Concurrent;
using Splitstream.Testing.History;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>
/// A client of one server that asks for units that some client was told of and for new ones in turn. When its server fails it goes to the
/// first one that is never lost, as a front would send it, and stays there until it is told that all are back.
/// </summary>
internal sealed class LossClient(
    FireCluster cluster, ClientHistory history, FireExperiments experiments, string prefix, int number, ConcurrentQueue<string> told)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly HistoryClient _client = new(history, $"client {number}");
    private readonly Random _random = new(number);
    private FireNode _node = cluster.Nodes[number % cluster.Nodes.Count];

    public async Task RunAsync(CancellationToken ending)
    {
        for (var round = 0; !ending.IsCancellationRequested; round++)
        {
            var isKnown = round % 2 == 1 && !told.IsEmpty;
            var unit = isKnown ? told.ElementAt(_random.Next(told.Count)) : $"{prefix}{number}-{round}";
            var answer = await _client.AssignAsync(_node.Client, unit, experiments.All);
            if (!answer.Exchange.IsDone) _node = cluster.Nodes[0];
            else if (!isKnown && answer.Answers.Any(assignment => assignment.IsOfRow)) told.Enqueue(unit);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    /// <summary>All servers are there again.</summary>
    public void Return() => _node = cluster.Nodes[number % cluster.Nodes.Count];
}
