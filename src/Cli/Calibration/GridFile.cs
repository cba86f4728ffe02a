using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Splitstream.Stats.Calibration;

namespace Splitstream.Cli.Calibration;

/// <summary>A grid as its file states it; all fields are required and no others are allowed.</summary>
/// <param name="Thresholds">Of P(better) and P(worse), each in (0.5, 1).</param>
/// <param name="MinSamples">Units per variant before any decision.</param>
/// <param name="CadenceMinutes">Minutes between looks.</param>
/// <param name="Rate">Conversion rate of both variants.</param>
/// <param name="UnitsPerDay">Over both variants.</param>
/// <param name="HorizonDays">Days until the experiment ends without a decision.</param>
/// <param name="Runs">Simulated experiments per cell.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record GridFile(
    ImmutableArray<double> Thresholds,
    ImmutableArray<long> MinSamples,
    ImmutableArray<double> CadenceMinutes,
    double Rate,
    double UnitsPerDay,
    double HorizonDays,
    int Runs)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.Strict,
        RespectRequiredConstructorParameters = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    /// <summary>Reads a grid from a file.</summary>
    /// <exception cref="CliException">It is not there, or does not hold a grid.</exception>
    public static CalibrationGrid Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var grid = JsonSerializer.Deserialize<GridFile>(file, Options) ?? throw new JsonException("The file holds null.");
            if (grid.Thresholds.IsDefaultOrEmpty || grid.MinSamples.IsDefaultOrEmpty || grid.CadenceMinutes.IsDefaultOrEmpty)
            {
                throw new JsonException("thresholds, minSamples and cadenceMinutes need at least one value each.");
            }

            return new CalibrationGrid(
                grid.Thresholds, grid.MinSamples, grid.CadenceMinutes, grid.Rate, grid.UnitsPerDay, grid.HorizonDays, grid.Runs);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CliException($"There is no file {path}.");
        }
        catch (JsonException e)
        {
            throw new CliException($"{path} holds no grid: {e.Message}", "The fields are in docs/statistics.md.");
        }
    }

    public static GridFile Of(CalibrationGrid grid) => new(
        grid.Thresholds, grid.MinimumSamples, grid.CadenceMinutes, grid.Rate, grid.UnitsPerDay, grid.HorizonDays, grid.RunsPerCell);
}
