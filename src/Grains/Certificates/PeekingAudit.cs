using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Stats.Calibration;

namespace Splitstream.Grains.Certificates;

/// <summary>Simulates the rule at the looks that really happened, and as if it had been watched all the time. Pure.</summary>
public static class PeekingAudit
{
    /// <summary>No look has been taken before the horizon.</summary>
    public const string NoLooks = "no_looks";

    private const int Runs = 50_000;
    private const double LeastMinutes = 5;

    /// <param name="input">What the experiment was started with.</param>
    /// <param name="looks">Since the start.</param>
    /// <param name="others">Views and advisory snapshots, since the start.</param>
    public static (RateResult? Realised, double? FinestMinutes, RateResult? Watched) Compute(
        CertificateInput input, IReadOnlyList<TimeSpan> looks, IReadOnlyList<TimeSpan> others, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(input);
        var design = input.ToDesign() with { MinimumEffect = null };
        ImmutableArray<double> days = [.. looks.Select(look => look.TotalDays).Where(day => day > 0).Distinct().Order()];
        if (days.IsEmpty)
        {
            return (null, null, null);
        }

        var times = looks.Concat(others).Select(time => time.TotalMinutes).Where(minute => minute >= 0).Distinct().Order().ToArray();
        var least = Math.Max(LeastMinutes, design.Rule.HorizonDays * 1_440 * design.Weights.Length / ExperimentDesign.MaximumLooks);
        double? finest = times.Length < 2
            ? null
            : Math.Max(least, times.Zip(times.Skip(1), (earlier, later) => later - earlier).Min());
        return (
            Rate(design with { LookDays = days }, input.Seed, cancellation),
            finest,
            finest is { } minutes ? Rate(design with { Rule = design.Rule with { CadenceMinutes = minutes } }, input.Seed, cancellation) : null);
    }

    private static RateResult Rate(ExperimentDesign design, ulong seed, CancellationToken cancellation)
    {
        var options = new CertificateOptions(seed, Runs, 1, Math.Max(1, Environment.ProcessorCount / 2));

        // A rule that could not act at any of the looks has not acted falsely either.
        var rate = Certifier.Certify(design with { Guardrails = [] }, options, cancellation).FalsePositives ?? new SimulatedRate(0, Runs);
        return CertificateComputation.Rate(rate)!;
    }
}
