using System.Collections.Immutable;
using Splitstream.Stats;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Properties.Studies;

/// <summary>
/// Certified rates against those of fresh A/A experiments, whose every look is decided by the exact posterior: with even arrivals, which
/// is what a certificate simulates, and with random arrivals and splits. Where a minimum sample or a cap falls due just at a look, random
/// arrivals miss that look half of the time; then the certificate may err, but only to the safe side.
/// </summary>
public static class CertificateStudy
{
    private static readonly Setting[] Settings =
    [
        new([1, 1], 0.1, 4_000, 240, 0, 0.995, 20_000, 7, 28, 56_000),
        new([1, 1], 0.01, 4_000, 60, 0, 0.99, 5_000, 7, 28, 56_000),
        new([1, 1], 0.5, 10_000, 15, 0, 0.995, 10_000, 3, 14, 70_000),
        new([9, 1], 0.1, 10_000, 60, 0, 0.99, 2_000, 7, 28, 252_000),
        new([2, 1, 1, 1, 1], 0.05, 20_000, 240, 24, 0.998, 5_000, 7, 28, 186_667),
        new([1, 1], 0.1, 100_000, 5, 0, 0.999, 20_000, 1, 7, 350_000),
        new([1, 1], 0.02, 1_000, 1_440, 72, 0.975, 1_000, 7, 28, 14_000),
        new([1, 1, 1, 1, 1], 0.5, 50_000, 1_440, 0, 0.99, 10_000, 0, 21, 210_000),
        new([7, 3], 0.01, 20_000, 30, 168, 0.998, 5_000, 7, 21, 294_000),
        new([1, 1, 1, 1, 1], 0.01, 100_000, 5, 24, 0.9995, 20_000, 3, 7, 140_000),
        new([1, 1], 0.5, 1_000, 240, 0, 0.99, 2_000, 14, 42, 21_000),
        new([1, 1], 0.3, 5_000, 5, 48, 0.9975, 5_000, 0, 10, 25_000),
    ];

    /// <summary>The last reaches its minimum sample between two looks, where the first reaches it just at one.</summary>
    private static readonly Setting[] ForArrivals = [Settings[0], Settings[1], Settings[0] with { MinimumSample = 19_800 }];

    public static IReadOnlyList<Figure> Run(Effort effort)
    {
        var z = effort.Allowed(NormalDistribution.Quantile((1 - Math.Pow(0.99, 1.0 / Settings.Length)) / 2, Tail.Upper));
        return
        [
            .. Settings.SelectMany((setting, i) => Against(setting, effort, 40 + (ulong)i, z, evenly: false)),
            .. ForArrivals.Select((setting, i) => Arrivals(setting, effort.Of(200_000), 60 + (ulong)i, effort.Allowed(2.81))),
        ];
    }

    /// <summary>Arrivals as the certificate has them.</summary>
    public static IReadOnlyList<Figure> RunEvenly(Effort effort)
    {
        var z = effort.Allowed(NormalDistribution.Quantile((1 - Math.Pow(0.99, 1.0 / Settings.Length)) / 2, Tail.Upper));
        return [.. Settings.SelectMany((setting, i) => Against(setting, effort, 80 + (ulong)i, z, evenly: true))];
    }

    private static IEnumerable<Figure> Against(Setting setting, Effort effort, ulong stream, double z, bool evenly)
    {
        var design = setting.Design;
        var figures = CertifiedRate.Against(
            setting.Name, design, effort, stream, z, runs => Count(new FreshExperiment(design, setting.Rate, evenly), runs, stream));
        return evenly ? figures : [.. figures[..^1], figures[^1] with { Least = null }];
    }

    /// <summary>What random arrivals and splits do to the rate, all else being equal.</summary>
    private static Figure Arrivals(Setting setting, int runs, ulong stream, double z) => Figure.Difference(
        setting.Name,
        "random minus even arrivals and splits",
        Count(new FreshExperiment(setting.Design, setting.Rate), runs, stream),
        runs,
        Count(new FreshExperiment(setting.Design, setting.Rate, evenly: true), runs, stream + 10),
        runs,
        z);

    private static long Count(FreshExperiment experiment, int runs, ulong stream) =>
        Runs.Count(runs, stream, 1, (random, ends) => ends[0] = experiment.EndsFalsely(random))[0];

    private sealed record Setting(
        ImmutableArray<double> Weights,
        double Rate,
        double UnitsPerDay,
        double CadenceMinutes,
        double DelayHours,
        double Threshold,
        long MinimumSample,
        double MinimumDays,
        double HorizonDays,
        long HorizonUnits)
    {
        public string Name =>
            $"{string.Join(':', Weights)}, {Rate:P0}, {UnitsPerDay:N0}/day, every {CadenceMinutes:N0} min, {Threshold}, at least "
            + $"{MinimumSample:N0} and {MinimumDays} days, delay {DelayHours} h, {HorizonDays} days, {HorizonUnits:N0} units";

        public ExperimentDesign Design => new(
            Weights,
            0,
            OutcomeModel.Conversion(Rate),
            true,
            UnitsPerDay,
            DelayHours,
            new RuleDesign(
                RuleMethod.Posterior,
                Threshold,
                0.05,
                MinimumSample,
                MinimumDays,
                CadenceMinutes,
                HorizonDays,
                HorizonUnits,
                BoundaryKind.LanDeMetsOBrienFleming,
                true,
                0.05),
            [],
            null,
            []);
    }
}
