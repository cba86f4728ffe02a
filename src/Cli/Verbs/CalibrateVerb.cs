using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Splitstream.Cli.Calibration;
using Splitstream.Cli.Server;
using Splitstream.Stats.Calibration;

namespace Splitstream.Cli.Verbs;

/// <summary>`calibrate`: measures by simulation how often a rule acts although nothing differs, for every cell of a grid.</summary>
public static class CalibrateVerb
{
    /// <summary>Under which the committed results were made.</summary>
    public const ulong DefaultSeed = 20_261_121;

    private const int DefaultHistoryDays = 14;

    public static Command Create(Checkout checkout, Terminal terminal)
    {
        var grid = new Option<string?>("--grid") { Description = "JSON file with another grid (default: the 36 cells of docs/statistics.md)", HelpName = "FILE" };
        var runs = new Option<int?>("--runs") { Description = "Simulated experiments per cell, in place of the grid's", HelpName = "N" };
        var seed = new Option<ulong?>("--seed") { Description = $"Repeats a simulation to the last count (default {DefaultSeed})", HelpName = "N" };
        var threads = new Option<int?>("--threads") { Description = "Threads; they change nothing but the time (default: all processors)", HelpName = "N" };
        var output = new Option<string?>("--output")
        {
            Description = "Where the results go (default stats/calibration_results.json; with --grid nowhere)",
            HelpName = "FILE",
        };
        var json = CommonOptions.Json();
        var metric = new Option<string?>("--from-events")
        {
            Description = "Instead of a grid: try a rule on the server's stored units, with this metric", HelpName = "METRIC",
        };
        var days = new Option<int?>("--days") { Description = "With --from-events: how far back, 1 to 90 (default 14)", HelpName = "N" };
        var experiment = new Option<string?>("--experiment") { Description = "With --from-events: whose rule and variants (default: the default rule)", HelpName = "KEY" };
        var server = new ServerOptions();
        var command = new Command("calibrate", "Measure false positives of decision rules by simulation")
        {
            grid, runs, seed, threads, output, metric, days, experiment, json,
        };
        server.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(runs) is < 1)
            {
                throw CliException.Usage("--runs must be at least 1.");
            }

            if (parsed.GetValue(threads) is < 1)
            {
                throw CliException.Usage("--threads must be at least 1.");
            }

            if (parsed.GetValue(metric) is { } key)
            {
                if (parsed.GetValue(grid) is not null || parsed.GetValue(output) is not null || parsed.GetValue(threads) is not null)
                {
                    throw CliException.Usage("--grid, --output and --threads do not go with --from-events.");
                }

                using var api = new ApiClient(server.Resolve(parsed, checkout), terminal.Time);
                var history = new HistoryCalibration(
                    key, parsed.GetValue(experiment), parsed.GetValue(days) ?? DefaultHistoryDays, parsed.GetValue(runs), parsed.GetValue(seed));
                return await history.RunAsync(api, terminal, parsed.GetValue(json), cancellationToken);
            }

            if (parsed.GetValue(days) is not null || parsed.GetValue(experiment) is not null)
            {
                throw CliException.Usage("--days and --experiment need --from-events.");
            }

            var asked = parsed.GetValue(grid) is { } path ? GridFile.Read(path) : CalibrationGrid.Seed;
            asked = parsed.GetValue(runs) is { } many ? asked with { RunsPerCell = many } : asked;
            var target = parsed.GetValue(output)
                ?? (parsed.GetValue(grid) is null && parsed.GetValue(runs) is null
                    ? Path.Combine(checkout.Root, "stats", "calibration_results.json")
                    : null);
            var results = Simulate(
                asked, parsed.GetValue(seed) ?? DefaultSeed, parsed.GetValue(threads) ?? Environment.ProcessorCount, terminal, cancellationToken);
            if (target is not null)
            {
                await File.WriteAllTextAsync(target, results.ToJson() + "\n", cancellationToken);
                terminal.Error.WriteLine($"Wrote {target}");
            }

            if (parsed.GetValue(json))
            {
                // The same bytes for the same grid and seed.
                terminal.Out.WriteLine((results with { Time = null }).ToJson());
            }
            else
            {
                Show(terminal.Report(), results);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static CalibrationResults Simulate(
        CalibrationGrid grid, ulong seed, int threads, Terminal terminal, CancellationToken cancellation)
    {
        var (startedAt, started) = (terminal.Time.GetUtcNow(), terminal.Time.GetTimestamp());
        try
        {
            var rates = WithProgress(terminal, grid, advance => grid.Run(seed, threads, advance, cancellation));
            return CalibrationResults.Of(
                grid, seed, rates, new CalibrationTime(startedAt, Math.Round(terminal.Time.GetElapsedTime(started).TotalSeconds, 3), threads));
        }
        catch (ArgumentException e)
        {
            throw new CliException($"The grid cannot be simulated: {e.Message}");
        }
    }

    private static ImmutableArray<SimulatedRate> WithProgress(
        Terminal terminal, CalibrationGrid grid, Func<Action<int>?, ImmutableArray<SimulatedRate>> run) => !terminal.ErrorIsTerminal
        ? run(null)
        : terminal.Progress().Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .Start(context =>
            {
                var cells = grid.Cells.Length;
                var bar = context.AddTask($"Simulating {(long)cells * grid.RunsPerCell:N0} experiments", maxValue: cells);
                return run(done => bar.Value = done);
            });

    private static void Show(IAnsiConsole console, CalibrationResults results)
    {
        var table = new Table().Title(
            $"False positives, {results.Grid.HorizonDays} days at {results.Grid.UnitsPerDay:N0} units a day, rate {results.Grid.Rate}");
        table.AddColumns("Threshold", "Minimum sample", "Cadence", "False positives", "95 % limits");
        foreach (var cell in results.Cells)
        {
            table.AddRow(
                Text(cell.Threshold, "0.#####"),
                Text(cell.MinSample, "N0"),
                $"{Text(cell.CadenceMinutes, "0.##")} min",
                $"{Text(100 * cell.Rate, "F2")} %",
                $"{Text(100 * cell.Lower, "F2")} to {Text(100 * cell.Upper, "F2")} %");
        }

        console.Write(table);
        console.WriteLine($"Seed {results.Seed}, {results.Grid.Runs:N0} experiments per cell, {results.Time?.Seconds:F1} s on {results.Time?.Threads} threads");
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
