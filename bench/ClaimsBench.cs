using Npgsql;

namespace Splitstream.Bench;

/// <summary>
/// Durable first claims in a mutex group over HTTP, beside the same work as a transaction each with SELECT ... FOR UPDATE. After every
/// round the rows are counted: an answered claim that is not in the table fails the benchmark.
/// </summary>
public static class ClaimsBench
{
    private const int Connections = 64;
    private const double Floor = 3;

    /// <summary>Units that nobody has seen: a prefix per round and a counter.</summary>
    private const string Script =
        """
        local prefix, count = "", 0
        function init(args)
          prefix = args[1]
          wrk.method = "POST"
          wrk.headers["Content-Type"] = "application/json"
          wrk.headers["Authorization"] = "Bearer " .. args[2]
        end
        request = function()
          count = count + 1
          return wrk.format(nil, nil, nil, string.format('{"unitId":"%s-%08d","experiments":["bench-claims"]}', prefix, count))
        end
        """;

    public static async Task<Measure> RunAsync(
        ServerProcess server, Uri baseline, string connectionString, int rounds, int seconds)
    {
        await server.PostAsync("v1/mutex-groups", new { key = "bench-group", name = "bench-group" });
        await server.PostAsync("v1/experiments", AssignBench.Experiment("bench-claims", "bench-group"));
        await server.PostAsync("v1/experiments/bench-claims/start", new { });
        await using var database = NpgsqlDataSource.Create(connectionString);

        async Task<double> Run(Uri url, string prefix, string table)
        {
            var (perSecond, requests) = await Wrk.RunAsync(url, Script, Connections, seconds, prefix, server.AdminKey);
            await using var count = database.CreateCommand($"SELECT count(*) FROM {table} WHERE unit_id LIKE $1");
            count.Parameters.Add(new() { Value = $"{prefix}-%" });
            var rows = (long)(await count.ExecuteScalarAsync())!;
            return rows >= requests
                ? perSecond
                : throw new InvalidOperationException($"{requests} claims were answered, {rows} are in {table}.");
        }

        Task<double> Ours(int round) => Run(new Uri(server.Url, "v1/assign"), $"ours-{round}", "assignments");
        Task<double> Locking(int round) => Run(new Uri(baseline, "locking"), $"locking-{round}", "baseline_assignments");
        await Ours(0);
        await Locking(0);
        var measured = new List<Round>();
        for (var round = 1; round <= rounds; round++)
        {
            var locking = await Locking(round);
            var ours = await Ours(round);
            measured.Add(new Round(ours, locking));
        }

        return Measure.Of("claims", "claims/s", "a transaction each with SELECT ... FOR UPDATE", Floor, measured);
    }
}
