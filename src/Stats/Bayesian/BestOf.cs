using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Bayesian;

/// <summary>One variant's chance to be the best of all, and what choosing it costs.</summary>
/// <param name="ProbabilityBest">P(this variant has the highest value), in [0, 1]; over all variants they sum to 1.</param>
/// <param name="ExpectedLoss">E[highest of all - this variant], at least 0, in units of the metric.</param>
public sealed record BestOfResult(double ProbabilityBest, double ExpectedLoss);

/// <summary>Probability of being the best of several independent beliefs, by quadrature.</summary>
/// <remarks>
/// With G_i(x) the product of F_j(x) over j other than i: P(i best) = integral of f_i G_i, E[max - X_i] = integral of F_i (1 - G_i). All variants share the nodes. Absolute error about 1e-12. Higher is better: mirror the beliefs where lower is.
/// </remarks>
public static class BestOf
{
    /// <summary>More variants than an experiment can have.</summary>
    public const int MaximumVariants = 64;

    /// <summary>What a double cannot hold beside one half: beliefs are cut at these tails.</summary>
    private const double Cut = 1e-17;

    private const double Tolerance = 1e-13;

    /// <summary>For rates; one result per belief, in order. A single one is certain to be the best.</summary>
    public static IReadOnlyList<BestOfResult> Compute(IReadOnlyList<BetaPosterior> beliefs)
    {
        ArgumentNullException.ThrowIfNull(beliefs);
        var edges = beliefs.Select(b => new Edges(
            BetaDistribution.QuantileLogit(b.Alpha, b.Beta, Cut, Tail.Lower),
            Elementary.Log(b.Alpha / b.Beta),
            BetaDistribution.QuantileLogit(b.Alpha, b.Beta, Cut, Tail.Upper))).ToArray();
        return Compute(
            edges,
            (i, logit) =>
            {
                var x = 1 / (1 + Elementary.Exp(-logit));
                var y = 1 / (1 + Elementary.Exp(logit));
                return (
                    Elementary.Exp(BetaTails.LogKernel(beliefs[i].Alpha, beliefs[i].Beta, x, y)),
                    BetaTails.At(beliefs[i].Alpha, beliefs[i].Beta, x, y));
            },
            logit => 1 / (1 + Elementary.Exp(-logit)) / (1 + Elementary.Exp(logit)));
    }

    /// <summary>For means and effects; one result per belief, in order.</summary>
    public static IReadOnlyList<BestOfResult> Compute(IReadOnlyList<NormalPosterior> beliefs)
    {
        ArgumentNullException.ThrowIfNull(beliefs);

        // In units of the narrowest belief from the first mean, so that the tolerances mean the same for every metric.
        if (beliefs.Count == 0)
            return [];
        var unit = beliefs.Min(b => b.StandardDeviation);
        var origin = beliefs[0].Mean;
        var cut = NormalDistribution.Quantile(Cut, Tail.Upper);
        var scaled = beliefs.Select(b => (Mean: (b.Mean - origin) / unit, Deviation: b.StandardDeviation / unit)).ToArray();
        var edges = scaled.Select(b => new Edges(b.Mean - cut * b.Deviation, b.Mean, b.Mean + cut * b.Deviation)).ToArray();
        var results = Compute(
            edges,
            (i, x) =>
            {
                var z = (x - scaled[i].Mean) / scaled[i].Deviation;
                return (
                    NormalDistribution.Density(z) / scaled[i].Deviation,
                    new LogTails(NormalDistribution.LogCdf(z, Tail.Lower), NormalDistribution.LogCdf(z, Tail.Upper)));
            },
            _ => 1);
        return results.Select(r => r with { ExpectedLoss = r.ExpectedLoss * unit }).ToArray();
    }

    /// <param name="edges">Where each belief begins, peaks and ends.</param>
    /// <param name="at">Density and log tails of belief i at a point, inside its edges.</param>
    /// <param name="unitsPerStep">Derivative of the metric's value by the variable of integration.</param>
    private static IReadOnlyList<BestOfResult> Compute(
        Edges[] edges, Func<int, double, (double Density, LogTails Tails)> at, Func<double, double> unitsPerStep)
    {
        var count = edges.Length;
        if (count > MaximumVariants)
            throw new ArgumentOutOfRangeException(nameof(edges), count, $"At most {MaximumVariants} variants.");
        if (count < 2)
            return edges.Select(_ => new BestOfResult(1, 0)).ToArray();

        var integrals = AdaptiveQuadrature.Integrate(Integrand, 2 * count, Panels(edges), Tolerance, 2 * count);
        var total = 0.0;
        for (var i = 0; i < count; i++)
            total += integrals[i];
        var results = new BestOfResult[count];
        for (var i = 0; i < count; i++)
            results[i] = new BestOfResult(integrals[i] / total, integrals[count + i]);
        return results;

        void Integrand(double point, Span<double> values)
        {
            Span<double> logLower = stackalloc double[count];
            Span<double> density = stackalloc double[count];
            var sum = 0.0;
            for (var i = 0; i < count; i++)
            {
                var (d, tails) = point <= edges[i].Low ? (0, LogTails.AllAbove)
                    : point >= edges[i].High ? (0, LogTails.AllBelow)
                    : at(i, point);
                density[i] = d;
                logLower[i] = tails.Lower;
                sum += tails.Lower;
            }

            var units = unitsPerStep(point);
            for (var i = 0; i < count; i++)
            {
                // Where F_i is zero so is its density here.
                values[i] = density[i] > 0 ? density[i] * Elementary.Exp(sum - logLower[i]) : 0;
                var logOthers = double.IsNegativeInfinity(logLower[i]) ? 0 : sum - logLower[i];
                values[count + i] = -Elementary.Expm1(logOthers) * Elementary.Exp(logLower[i]) * units;
            }
        }
    }

    /// <summary>Breakpoints: ends, peak and flanks of every belief, so that no narrow step hides inside a wide panel.</summary>
    private static List<double> Panels(Edges[] edges)
    {
        var points = new List<double>();
        foreach (var e in edges)
        {
            points.Add(e.Low);
            points.Add(e.Peak - 0.35 * (e.Peak - e.Low));
            points.Add(e.Peak);
            points.Add(e.Peak + 0.35 * (e.High - e.Peak));
            points.Add(e.High);
        }

        points.Sort();
        var narrowest = edges.Min(e => e.High - e.Low);
        var kept = new List<double> { points[0] };
        foreach (var point in points)
        {
            if (point - kept[^1] > 0.1 * narrowest)
                kept.Add(point);
        }

        if (kept[^1] < points[^1])
            kept.Add(points[^1]);
        return kept;
    }

    private readonly record struct Edges(double Low, double Peak, double High);
}
