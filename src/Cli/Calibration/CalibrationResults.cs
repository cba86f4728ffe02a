using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Splitstream.Cli.Report;
using Splitstream.Stats.Calibration;

namespace Splitstream.Cli.Calibration;

/// <summary>What `calibrate` writes: the rates of a grid and all that is needed to repeat them.</summary>
/// <param name="About">What was simulated, for readers.</param>
/// <param name="EngineVersion">Version of the program.</param>
/// <param name="Seed">With the grid, it fixes every count, whatever the number of threads.</param>
/// <param name="Grid">Horizon, traffic, rate and runs among it.</param>
/// <param name="Cells">The threshold changes slowest.</param>
/// <param name="Time">When and how long: the only part that changes when it is repeated. Null where only the rest is asked for.</param>
public sealed record CalibrationResults(
    string About,
    string EngineVersion,
    ulong Seed,
    GridFile Grid,
    ImmutableArray<CalibrationCell> Cells,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CalibrationTime? Time)
{
    private static readonly JsonSerializerOptions Options = new(JsonOutput.Options) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static CalibrationResults Of(CalibrationGrid grid, ulong seed, ImmutableArray<SimulatedRate> rates, CalibrationTime time) => new(
        "Two variants at equal weights with the same conversion rate. An experiment ends falsely when P(better) or P(worse) exceeds the "
            + "threshold at a look up to the horizon, with at least the minimum sample in each variant; priors Beta(1, 1). Limits are those "
            + "of Clopper and Pearson at 95 %.",
        typeof(CalibrationGrid).Assembly.GetName().Version!.ToString(3),
        seed,
        GridFile.Of(grid),
        [.. grid.Cells.Zip(rates, CalibrationCell.Of)],
        time);

    public string ToJson() => JsonSerializer.Serialize(this, Options);
}

/// <param name="FalsePositives">Runs that ended falsely.</param>
/// <param name="Lower">Limits of the rate.</param>
public sealed record CalibrationCell(
    double Threshold, long MinSample, double CadenceMinutes, long Runs, long FalsePositives, double Rate, double Lower, double Upper)
{
    public static CalibrationCell Of(GridCell cell, SimulatedRate rate)
    {
        var interval = rate.Interval;
        return new CalibrationCell(
            cell.Threshold, cell.MinimumSample, cell.CadenceMinutes, rate.Runs, rate.Occurrences, rate.Rate, interval.Lower, interval.Upper);
    }
}

public sealed record CalibrationTime(DateTimeOffset StartedAt, double Seconds, int Threads);
