using System.Globalization;

namespace Splitstream.Bench;

/// <summary>Sticky assign of known units over HTTP, beside a bare endpoint that reads and writes the same bytes.</summary>
public static class AssignBench
{
    private const int Units = 100_000;
    private const int UnitsPerBatch = 1_000;
    private const int Connections = 64;
    private const double Floor = 0.70;

    /// <summary>Known units at random; the same script for both sides.</summary>
    private const string Script =
        """
        function init(args)
          math.randomseed(tonumber(args[1]))
          wrk.method = "POST"
          wrk.headers["Content-Type"] = "application/json"
          wrk.headers["Authorization"] = "Bearer " .. args[2]
        end
        request = function()
          return wrk.format(nil, nil, nil, string.format('{"unitId":"unit-%06d","experiments":["bench-sticky"]}', math.random(0, 99999)))
        end
        """;

    public static async Task<Measure> RunAsync(ServerProcess server, Uri baseline, int rounds, int seconds)
    {
        await server.PostAsync("v1/experiments", Experiment("bench-sticky", null));
        await server.PostAsync("v1/experiments/bench-sticky/start", new { });
        for (var first = 0; first < Units; first += UnitsPerBatch)
        {
            await server.PostAsync("v1/assign/batch", new
            {
                units = Enumerable.Range(first, UnitsPerBatch).Select(i => new { unitId = string.Create(CultureInfo.InvariantCulture, $"unit-{i:D6}") }),
                experiments = new[] { "bench-sticky" },
            });
        }

        Task<(double PerSecond, long)> Ours(int seed) => Wrk.RunAsync(
            new Uri(server.Url, "v1/assign"), Script, Connections, seconds, Text(seed), server.AdminKey);
        Task<(double PerSecond, long)> Bare(int seed) => Wrk.RunAsync(
            new Uri(baseline, "bare"), Script, Connections, seconds, Text(seed), server.AdminKey);
        await Ours(0);
        await Bare(0);
        var measured = new List<Round>();
        for (var round = 1; round <= rounds; round++)
        {
            var (bare, _) = await Bare(round);
            var (ours, _) = await Ours(round);
            measured.Add(new Round(ours, bare));
        }

        return Measure.Of("assign", "requests/s", "bare endpoint, same bytes", Floor, measured);
    }

    internal static object Experiment(string key, string? group) => new
    {
        key,
        name = key,
        hypothesis = "The benchmark needs an experiment to assign units to.",
        variants = new object[] { new { key = "control", weight = 50, isControl = true }, new { key = "treatment-1", weight = 50 } },
        mutexGroup = group,
    };

    internal static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
