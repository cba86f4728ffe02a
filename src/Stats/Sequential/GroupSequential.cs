using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;

namespace Splitstream.Stats.Sequential;

/// <summary>Boundaries of two-sided symmetric group sequential tests.</summary>
/// <remarks>
/// Pocock 1977, O'Brien and Fleming 1979, Lan and DeMets 1983, by the recursion of Armitage, McPherson and Rowe 1969 over the density
/// of the Brownian motion that has not crossed yet (<see cref="SurvivingDensity"/>).
/// </remarks>
public static class GroupSequential
{
    /// <summary>The smallest double with all its digits; less cannot be spent at one look.</summary>
    private const double SmallestSpend = 2.2250738585072014e-308;

    /// <summary>More looks than any cadence plans: the cost grows faster than their number.</summary>
    public const int MaximumLooks = 500;

    /// <summary>One z boundary per look; the test stops where |Z| reaches it.</summary>
    /// <param name="kind">Shape of the boundaries.</param>
    /// <param name="alpha">Two-sided error rate over all looks, in (0, 1).</param>
    /// <param name="information">Information fractions, strictly increasing in (0, 1], the last 1.</param>
    /// <returns>
    /// Inconclusive when a boundary is beyond a double, or when looks are too close together to be resolved. For the spending kinds each side is computed as if the other did not exist,
    /// so that the true error is below alpha by the chance of crossing both.
    /// </returns>
    public static Computed<double[]> Boundaries(BoundaryKind kind, double alpha, IReadOnlyList<double> information)
    {
        Guard.Probability(alpha);
        CheckInformation(information);
        return kind switch
        {
            BoundaryKind.Pocock => Constant(alpha, information, _ => 1),
            BoundaryKind.OBrienFleming => Constant(alpha, information, t => 1 / Math.Sqrt(t)),
            BoundaryKind.LanDeMetsOBrienFleming or BoundaryKind.LanDeMetsPocock =>
                Spending(information, k => SpentPerSide(kind, alpha, information[k])),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown kind."),
        };
    }

    /// <summary>
    /// The boundaries of spending where alpha is not spent by information: a last look that comes with less information than planned
    /// spends all that is left, while the correlation of the looks is that of the information they really had.
    /// </summary>
    /// <param name="kind">One of the spending kinds.</param>
    /// <param name="alpha">Two-sided error rate over all looks, in (0, 1).</param>
    /// <param name="information">As fractions of the last look's information: strictly increasing in (0, 1], the last 1.</param>
    /// <param name="spendingTimes">What each look spends by: strictly increasing in (0, 1].</param>
    /// <returns>One z boundary per look; each depends on the looks before it and on none after it.</returns>
    /// <remarks>Lan and DeMets 1989 (Biometrics 45): calendar time spends, information correlates.</remarks>
    public static Computed<double[]> Boundaries(
        BoundaryKind kind, double alpha, IReadOnlyList<double> information, IReadOnlyList<double> spendingTimes)
    {
        Guard.Probability(alpha);
        CheckInformation(information);
        ArgumentNullException.ThrowIfNull(spendingTimes);
        if (spendingTimes.Count != information.Count || spendingTimes[^1] > 1)
            throw new ArgumentException("Needs one spending time per look, at most 1.", nameof(spendingTimes));
        for (var k = 0; k < spendingTimes.Count; k++)
        {
            if (!(spendingTimes[k] > (k == 0 ? 0 : spendingTimes[k - 1])))
                throw new ArgumentException("Spending times must be strictly increasing and above 0.", nameof(spendingTimes));
        }

        return kind is BoundaryKind.LanDeMetsOBrienFleming or BoundaryKind.LanDeMetsPocock
            ? Spending(information, k => SpentPerSide(kind, alpha, spendingTimes[k]))
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "Only the spending kinds have a spending time.");
    }

    /// <summary>Two-sided alpha that a spending kind has spent by time t in (0, 1]; all of it at 1.</summary>
    public static double AlphaSpent(BoundaryKind kind, double alpha, double t)
    {
        Guard.Probability(alpha);
        if (!(t > 0 && t <= 1))
            throw new ArgumentOutOfRangeException(nameof(t), t, "Spending times lie in (0, 1].");
        return 2 * SpentPerSide(kind, alpha, t);
    }

    /// <summary>Probability under the null hypothesis that |Z| reaches one of the given boundaries.</summary>
    public static double CrossingProbability(IReadOnlyList<double> boundaries, IReadOnlyList<double> information)
    {
        ArgumentNullException.ThrowIfNull(boundaries);
        CheckInformation(information);
        if (boundaries.Count != information.Count)
            throw new ArgumentException("Needs one boundary per look.", nameof(boundaries));
        var surviving = SurvivingDensity.Start(information[0]);
        var crossed = 0.0;
        for (var k = 0; k < information.Count; k++)
        {
            // Symmetric: both sides together are twice the upper one.
            crossed += 2 * surviving.UpperTail(boundaries[k]).Probability;
            if (k + 1 < information.Count)
                surviving = surviving.Advance(-boundaries[k], boundaries[k], information[k + 1]);
        }

        return crossed;
    }

    private static double SpentPerSide(BoundaryKind kind, double alpha, double t) => kind switch
    {
        BoundaryKind.LanDeMetsOBrienFleming => SpentLikeOBrienFleming(alpha, t),
        BoundaryKind.LanDeMetsPocock => SpentLikePocock(alpha, t),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Only the spending kinds spend."),
    };

    /// <summary>Alpha spent on each side by t: 2 - 2 Phi(z_{1-alpha/4} / sqrt(t)).</summary>
    private static double SpentLikeOBrienFleming(double alpha, double t) =>
        2 * NormalDistribution.Cdf(NormalDistribution.Quantile(Math.Max(alpha / 4, double.Epsilon), Tail.Upper) / Math.Sqrt(t), Tail.Upper);

    /// <summary>Alpha spent on each side by t: (alpha/2) ln(1 + (e-1) t).</summary>
    private static double SpentLikePocock(double alpha, double t) =>
        alpha / 2 * Elementary.Log1p(Elementary.Expm1(1) * t);

    private static Computed<double[]> Constant(double alpha, IReadOnlyList<double> information, Func<double, double> shape)
    {
        // The crossing probability falls in c; a difference quotient is slope enough for Newton's method.
        const double Nudge = 1e-4;
        var c = MonotoneRoot.Solve(
            candidate =>
            {
                var value = LogShortfall(candidate);
                return (value, (LogShortfall(candidate + Nudge) - value) / Nudge);
            },
            NormalDistribution.Quantile(Math.Max(alpha / 2, double.Epsilon), Tail.Upper),
            0.5,
            1e-8);
        return double.IsFinite(c) ? At(c) : Unresolved();

        double[] At(double candidate) => information.Select(t => candidate * shape(t)).ToArray();

        double LogShortfall(double candidate) => candidate <= 0
            ? Elementary.Log(alpha)
            : Elementary.Log(alpha / CrossingProbability(At(candidate), information));
    }

    private static Computed<double[]> Spending(IReadOnlyList<double> information, Func<int, double> spentAt)
    {
        var boundaries = new double[information.Count];
        var surviving = SurvivingDensity.Start(information[0]);
        var before = 0.0;
        for (var k = 0; k < boundaries.Length; k++)
        {
            var spent = spentAt(k);
            var due = spent - before;
            before = spent;
            if (!(due >= SmallestSpend))
                return new Inconclusive(Inconclusive.Overflow, $"Look {k + 1} has no alpha left to spend.");
            boundaries[k] = k == 0
                ? NormalDistribution.Quantile(due, Tail.Upper)
                : MonotoneRoot.Solve(
                    z =>
                    {
                        var (probability, slope) = surviving.UpperTail(z);
                        return probability == 0
                            ? (1, 0)
                            : (Elementary.Log(due / probability), slope / probability);
                    },
                    boundaries[k - 1],
                    0.5,
                    1e-9);
            if (!double.IsFinite(boundaries[k]))
                return Unresolved();
            if (k + 1 < boundaries.Length)
                surviving = surviving.Advance(double.NegativeInfinity, boundaries[k], information[k + 1]);
        }

        return boundaries;
    }

    private static Inconclusive Unresolved() =>
        new(Inconclusive.NoSolution, "The looks are too close together, or the boundaries too far out, to be resolved.");

    private static void CheckInformation(IReadOnlyList<double> information)
    {
        ArgumentNullException.ThrowIfNull(information);
        var rising = information.Count is > 0 and <= MaximumLooks && information[^1] == 1;
        var before = 0.0;
        foreach (var t in information)
        {
            rising &= t > before;
            before = t;
        }

        if (!rising)
            throw new ArgumentException($"Needs 1 to {MaximumLooks} fractions, strictly increasing in (0, 1], the last 1.", nameof(information));
    }
}
