using System.Collections.Immutable;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Calibration;

/// <summary>
/// Every combination of threshold, minimum sample and cadence, on two equal variants with equal rates: how often a rule on posteriors
/// acts although there is nothing to act on.
/// </summary>
/// <param name="Thresholds">Of P(better) and P(worse) alike, each in (0.5, 1).</param>
/// <param name="MinimumSamples">Per variant, each 1 or more.</param>
/// <param name="CadenceMinutes">Each above 0.</param>
/// <param name="Rate">Conversion rate of both variants, in (0, 1).</param>
/// <param name="UnitsPerDay">Over both variants; above 0.</param>
/// <param name="HorizonDays">Above 0.</param>
/// <param name="RunsPerCell">Independent ones; 1 or more.</param>
public sealed record CalibrationGrid(
    ImmutableArray<double> Thresholds,
    ImmutableArray<long> MinimumSamples,
    ImmutableArray<double> CadenceMinutes,
    double Rate,
    double UnitsPerDay,
    double HorizonDays,
    int RunsPerCell)
{
    /// <summary>The 36 cells whose rates the documentation states.</summary>
    public static CalibrationGrid Seed { get; } = new(
        [0.95, 0.99, 0.995, 0.999], [1_000, 5_000, 20_000], [15, 60, 240], 0.1, 4_000, 28, 10_000);

    /// <summary>All cells, the threshold changing slowest.</summary>
    public ImmutableArray<GridCell> Cells =>
    [
        .. from threshold in Thresholds from sample in MinimumSamples from cadence in CadenceMinutes
           select new GridCell(threshold, sample, cadence),
    ];

    /// <summary>The rate of every cell, in the order of <see cref="Cells"/>; each cell has random numbers of its own.</summary>
    /// <param name="seed">The same seed gives the same counts, whatever the number of threads.</param>
    /// <param name="threads">1 or more.</param>
    /// <param name="progress">Told after each cell how many are done; may be null.</param>
    /// <exception cref="ArgumentException">A value of the grid is out of its range.</exception>
    public ImmutableArray<SimulatedRate> Run(
        ulong seed, int threads, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        Guard.AtLeast(RunsPerCell, 1);
        Guard.AtLeast(threads, 1);
        var cells = Cells;
        foreach (var cell in cells)
            DesignOf(cell).Check();
        var rates = ImmutableArray.CreateBuilder<SimulatedRate>(cells.Length);
        for (var i = 0; i < cells.Length; i++)
        {
            var design = DesignOf(cells[i]);
            var plan = Certifier.PlanOf(design);
            var simulator = new RunSimulator(design, plan, Truth.Null(design), searches: false);
            var results = RunBatch.Run(simulator, RunsPerCell, seed, (ulong)i, threads, cancellation);
            rates.Add(RunBatch.Count(results, result => result.Decided));
            progress?.Invoke(i + 1);
        }

        return rates.MoveToImmutable();
    }

    private ExperimentDesign DesignOf(GridCell cell) => new(
        [1, 1],
        0,
        OutcomeModel.Conversion(Rate),
        true,
        UnitsPerDay,
        0,
        new RuleDesign(
            RuleMethod.Posterior,
            cell.Threshold,
            0.05,
            cell.MinimumSample,
            0,
            cell.CadenceMinutes,
            HorizonDays,
            long.MaxValue,
            BoundaryKind.LanDeMetsOBrienFleming,
            true,
            0.05),
        [],
        null,
        []);
}
