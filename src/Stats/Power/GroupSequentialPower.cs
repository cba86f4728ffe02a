using Splitstream.Stats.Distributions;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Power;

/// <summary>Power, expected size and maximum size of group sequential tests whose boundaries are symmetric.</summary>
/// <remarks>
/// Jennison and Turnbull 2000, chapters 2 and 19: the statistic at information t is that of a Brownian motion with a drift, whose density
/// is integrated from look to look.
/// </remarks>
public static class GroupSequentialPower
{
    /// <summary>What boundaries do to an effect.</summary>
    /// <param name="boundaries">One z boundary per look, above 0; the test stops where |Z| reaches it.</param>
    /// <param name="information">Information fractions, strictly increasing in (0, 1], the last 1; as many as boundaries.</param>
    /// <param name="drift">Expected Z at information 1, finite; positive for the direction whose power is asked for.</param>
    /// <returns>Inconclusive when looks are too close together to be resolved.</returns>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    public static Computed<SequentialCrossing> Crossing(IReadOnlyList<double> boundaries, IReadOnlyList<double> information, double drift)
    {
        Check(boundaries, information);
        Guard.NotNegative(drift);
        var surviving = SurvivingDensity.Start(information[0], drift);
        double power = 0, expected = information[0];
        for (var k = 0; k < information.Count; k++)
        {
            power += surviving.UpperTail(boundaries[k]).Probability;
            if (k + 1 == information.Count)
                break;
            surviving = surviving.Advance(-boundaries[k], boundaries[k], information[k + 1]);
            expected += (information[k + 1] - information[k]) * surviving.Mass;
        }

        return double.IsFinite(power) && double.IsFinite(expected)
            ? new SequentialCrossing(Math.Min(1, power), Math.Min(1, expected))
            : Unresolved();
    }

    /// <summary>
    /// The drift, expected Z at information 1, at which the upper boundary is reached first with the given power.
    /// </summary>
    /// <param name="boundaries">As for <see cref="Crossing"/>.</param>
    /// <param name="information">As for <see cref="Crossing"/>.</param>
    /// <param name="power">Strictly between 0 and 1, and above the power at drift 0.</param>
    /// <returns>Inconclusive when the looks cannot be resolved.</returns>
    public static Computed<double> DriftOf(IReadOnlyList<double> boundaries, IReadOnlyList<double> information, double power)
    {
        Check(boundaries, information);
        Guard.Probability(power);
        if (!Crossing(boundaries, information, 0).TryGet(out var without, out var why))
            return why;
        if (power <= without.Power)
            throw new ArgumentOutOfRangeException(nameof(power), power, "Is reached without any effect.");

        // In deviates of the power the function is nearly a straight line of slope 1.
        var wanted = NormalDistribution.Quantile(power, Tail.Lower);
        var drift = MonotoneRoot.Solve(
            candidate => Crossing(boundaries, information, Math.Max(0, candidate)).TryGet(out var crossing, out _)
                ? (NormalDistribution.Quantile(Math.Clamp(crossing.Power, 1e-300, 1 - 1e-16), Tail.Lower) - wanted, 1)
                : (double.NaN, 0),
            boundaries[^1] + wanted,
            1,
            1e-7);
        return double.IsFinite(drift) ? drift : Unresolved();
    }

    /// <summary>
    /// The maximum size of the sequential test over the size of a test with a fixed horizon, of the same two-sided alpha and power.
    /// </summary>
    /// <param name="boundaries">As for <see cref="Crossing"/>.</param>
    /// <param name="information">As for <see cref="Crossing"/>.</param>
    /// <param name="alpha">Two-sided, in (0, 1): what the boundaries spend altogether.</param>
    /// <param name="power">Strictly between 0 and 1, and above alpha / 2.</param>
    /// <returns>Inconclusive when the looks cannot be resolved.</returns>
    /// <remarks>R of Jennison and Turnbull 2000, equation 2.8: (drift / (z_{1-alpha/2} + z_power))^2.</remarks>
    public static Computed<double> Inflation(IReadOnlyList<double> boundaries, IReadOnlyList<double> information, double alpha, double power)
    {
        Guard.Probability(alpha);
        Guard.Probability(power);
        var once = NormalDistribution.Quantile(Math.Max(alpha / 2, double.Epsilon), Tail.Upper) + NormalDistribution.Quantile(power, Tail.Lower);
        if (once <= 0)
            throw new ArgumentOutOfRangeException(nameof(power), power, "Must be above alpha / 2.");
        return DriftOf(boundaries, information, power).Map(drift => drift / once * (drift / once));
    }

    private static void Check(IReadOnlyList<double> boundaries, IReadOnlyList<double> information)
    {
        ArgumentNullException.ThrowIfNull(boundaries);
        ArgumentNullException.ThrowIfNull(information);
        if (information.Count is < 1 or > GroupSequential.MaximumLooks || boundaries.Count != information.Count || information[^1] != 1)
            throw new ArgumentException($"Needs 1 to {GroupSequential.MaximumLooks} looks, one boundary each, the last at 1.", nameof(information));
        for (var k = 0; k < information.Count; k++)
        {
            Guard.Positive(boundaries[k], nameof(boundaries));
            if (!(information[k] > (k == 0 ? 0 : information[k - 1])))
                throw new ArgumentException("Fractions must be strictly increasing and above 0.", nameof(information));
        }
    }

    private static Inconclusive Unresolved() => new(Inconclusive.NoSolution, "The looks are too close together to be resolved.");
}
