using System.Text.Json.Nodes;
using Splitstream.Cli.Server;

namespace Splitstream.Cli.Import;

/// <summary>What the server answered to all bodies together.</summary>
/// <param name="Sent">Items sent.</param>
/// <param name="Accepted">Items stored now; includes late ones.</param>
/// <param name="Duplicates">Items the server had already.</param>
/// <param name="Late">Accepted items whose time is more than seven days back.</param>
/// <param name="Rejected">Refused items, and the first few of them in words.</param>
public sealed record ImportTotals(long Sent, long Accepted, long Duplicates, long Late, long Rejected, IReadOnlyList<string> Refusals);

/// <summary>Sends bodies with a few requests in flight and adds up the answers.</summary>
public sealed class ImportSender(ApiClient api, Action<long> reportRow)
{
    /// <summary>Requests in flight: enough to keep the server's group commit busy, few enough to stay polite.</summary>
    private const int InFlight = 4;

    private const int ShownRefusals = 10;

    private readonly Lock _gate = new();
    private readonly List<string> _refusals = [];
    private long _sent, _accepted, _duplicates, _late, _rejected;

    /// <exception cref="CliException">The server refused a whole request for another reason than its items.</exception>
    public async Task<ImportTotals> SendAsync(IEnumerable<ImportBatch> batches, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(
            batches,
            new ParallelOptions { MaxDegreeOfParallelism = InFlight, CancellationToken = cancellationToken },
            async (batch, token) => Count(batch, await api.PostAsync(batch.Path, batch.Body, token)));
        return new ImportTotals(_sent, _accepted, _duplicates, _late, _rejected, _refusals);
    }

    private void Count(ImportBatch batch, ApiAnswer answer)
    {
        lock (_gate)
        {
            _sent += batch.Rows.Count;
            if (answer.Problem is { } problem)
            {
                // 412 and 422 say that every item was refused.
                if ((int)problem.Status is not (412 or 422))
                {
                    throw problem.ToException($"The server refused {batch.Path} with the rows {batch.Rows[0]} to {batch.Rows[^1]}");
                }

                _rejected += batch.Rows.Count;
                Show($"rows {batch.Rows[0]} to {batch.Rows[^1]}: {problem.Code}. {problem.Detail} {string.Join(' ', problem.Errors)}".TrimEnd());
            }
            else
            {
                var body = answer.Require(batch.Path);
                _accepted += Number(body, "accepted");
                _duplicates += Number(body, "duplicates");
                _late += Number(body, "late");
                foreach (var refused in body["rejected"] as JsonArray ?? [])
                {
                    _rejected++;
                    var index = (int)Number(refused!, "index");
                    var row = index >= 0 && index < batch.Rows.Count ? $"row {batch.Rows[index]}" : $"item {index}";
                    Show($"{row}: {refused!["code"]}. {refused["detail"]}");
                }
            }
        }

        reportRow(batch.Rows[^1]);
    }

    private void Show(string refusal)
    {
        if (_refusals.Count < ShownRefusals)
        {
            _refusals.Add(refusal);
        }
    }

    private static long Number(JsonNode node, string name) => node[name]?.GetValue<long>() ?? 0;
}
