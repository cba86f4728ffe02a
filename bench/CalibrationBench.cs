using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Splitstream.Stats;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Bench;

/// <summary>The seed grid on one thread beside the same grid in numpy, and what certificates take.</summary>
public static class CalibrationBench
{
    /// <summary>The script takes a minute or two.</summary>
    public const int DefaultRounds = 2;

    private const double Floor = 4;
    private const double MostSeconds = 20;
    private const ulong Seed = 20_261_121;

    private static readonly ExperimentDesign Usual = new(
        [1, 1],
        0,
        OutcomeModel.Conversion(0.1),
        true,
        4_000,
        0,
        new RuleDesign(RuleMethod.Posterior, 0.995, 0.05, 20_000, 7, 240, 28, 56_000, BoundaryKind.LanDeMetsOBrienFleming, true, 0.05),
        [],
        0.005,
        []);

    /// <summary>What units spend: nothing for nine of ten, and 1 to some 2,000 for the others, lognormally.</summary>
    private static readonly OutcomeModel Spent = OutcomeModel.Resampled(
        Enumerable.Range(0, 5_000).Select(i => i < 4_500 ? 0 : Math.Exp(3 + (1.2 * NormalDistribution.Quantile((i - 4_499.5) / 500, Tail.Lower)))));

    public static async Task<Measure> RunAsync(int rounds)
    {
        var measured = new List<Round>();
        for (var round = 0; round < rounds; round++)
        {
            var script = await ScriptAsync();
            var ours = Seconds(() => CalibrationGrid.Seed.Run(Seed, 1));
            measured.Add(new Round(ours, script, IsTime: true));
        }

        // Every look has to be seen where evidence runs up; a higher threshold has to be searched where the rate is too high.
        var fine = Usual with { Rule = Usual.Rule with { CadenceMinutes = 5 } };
        Time("two variants, 168 looks", 2, Usual with { Rule = Usual.Rule with { MinimumSample = 300, MinimumDays = 0 } });
        Time("every 5 minutes", 30, fine);
        Time("every 5 minutes, always valid", 30, fine with { Rule = fine.Rule with { Method = RuleMethod.AlwaysValid } });
        Time("every 5 minutes, values of units", 30, fine with { Outcome = Spent, MinimumEffect = 0.5 });
        Time("every 5 minutes, values of units, always valid", 30, fine with
        {
            Outcome = Spent, MinimumEffect = 0.5, Rule = fine.Rule with { Method = RuleMethod.AlwaysValid },
        });
        Time("20 variants", 30, Usual with { Weights = [.. Enumerable.Repeat(1.0, 20)], UnitsPerDay = 40_000 });
        return Measure.Of("calibration", "s", "numpy, one thread", Floor, measured, MostSeconds);
    }

    private static void Time(string name, double target, ExperimentDesign design)
    {
        Certificate? certificate = null;
        var seconds = Seconds(() => certificate = Certifier.Certify(design, new CertificateOptions(Seed, Threads: 2)));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"  certificate, {name}: {seconds:F1} s on two threads, target {target} s ({certificate!.Looks} looks, "
            + $"{certificate.Nulls.Length} x 200,000 runs)"));
    }

    private static double Seconds(Action work)
    {
        var started = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The committed script, without start and imports: it prints how long the grid took.</summary>
    private static async Task<double> ScriptAsync()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Splitstream.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The benchmark runs inside the repository.");
        }

        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(folder.FullName, "stats", "notebooks", "00_calibration.py"));
        start.ArgumentList.Add("--grid");
        foreach (var library in new[] { "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS" })
        {
            start.Environment[library] = "1";
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? JsonDocument.Parse(output).RootElement.GetProperty("seconds").GetDouble()
            : throw new InvalidOperationException($"The numpy script failed with {process.ExitCode}: {output}");
    }
}
