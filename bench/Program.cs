using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Splitstream.Bench;
using Splitstream.Testing;

string[] known = ["assign", "claims", "calibration"];
var only = known;
var (rounds, seconds) = ((int?)null, 4);
string? json = null;
for (var i = 0; i < args.Length; i += 2)
{
    var value = i + 1 < args.Length ? args[i + 1] : "";
    switch (args[i])
    {
        case "--only":
            only = value.Split(',', StringSplitOptions.TrimEntries);
            break;
        case "--rounds":
            rounds = int.Parse(value, CultureInfo.InvariantCulture);
            break;
        case "--seconds":
            seconds = int.Parse(value, CultureInfo.InvariantCulture);
            break;
        case "--json":
            json = value;
            break;
        default:
            Console.Error.WriteLine($"Unknown option {args[i]}. Usage: bench/run [--only NAME,...] [--rounds N] [--seconds N] [--json FILE]");
            return 2;
    }
}

if (only.Except(known).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'; there are {string.Join(", ", known)}.");
    return 2;
}

var measures = new List<Measure>();
if (only.Contains("calibration"))
{
    Add(await CalibrationBench.RunAsync(rounds ?? CalibrationBench.DefaultRounds));
}

if (only.Contains("assign") || only.Contains("claims"))
{
    await using var postgres = new PostgresServer(durable: true);
    var database = await postgres.CreateDatabaseAsync();
    await BaselineServer.CreateTablesAsync(database);
    var baselineUrl = ServerProcess.FreeUrl();
    await using var baseline = BaselineServer.Create(baselineUrl.ToString(), database);
    await baseline.StartAsync();
    await using var server = await ServerProcess.StartAsync(database);
    foreach (var name in only.Where(name => name is "assign" or "claims"))
    {
        Add(name == "assign"
            ? await AssignBench.RunAsync(server, baselineUrl, rounds ?? 5, seconds)
            : await ClaimsBench.RunAsync(server, baselineUrl, database, rounds ?? 5, seconds));
    }
}

if (json is not null)
{
    var machine = $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    await File.WriteAllTextAsync(
        json, JsonSerializer.Serialize(new { machine, measures }, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
}

return measures.All(measure => measure.Holds) ? 0 : 1;

void Add(Measure last)
{
    measures.Add(last);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{last.Name,-11} {last.Value,10:N1} {last.Unit,-12} {last.BaselineValue,10:N1} "
        + $"{last.Baseline,-48} ratio {last.Ratio:F2} "
        + $"[{last.Rounds.Min(r => r.Ratio):F2}-{last.Rounds.Max(r => r.Ratio):F2}] "
        + $"floor {last.Floor:F2} {(last.Holds ? "holds" : "MISSED")}"));
}
