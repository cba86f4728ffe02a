using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>One unit's numbers, whole so that their sums are exact.</summary>
internal sealed record SimulatedUnit(
    long Value, long Denominator = 0, long Covariate = 0, long CovariateDenominator = 0, bool HasHistory = false, ImmutableArray<long> Events = default)
{
    /// <summary>The sums that these units have, all of them mature.</summary>
    public static MetricSum Sum(MetricDefinition metric, string variant, int epoch, IReadOnlyList<SimulatedUnit> units)
    {
        var (sum, squares) = (Text(units, u => u.Value), Text(units, u => (BigInteger)u.Value * u.Value));
        var products = metric.HasCovariate || metric.Type == MetricType.Ratio ? Products(units) : null;
        var quantile = metric.Quantile is { } q ? QuantileOf(units, q) : null;
        return new MetricSum(
            metric.Key, variant, epoch, units.Count, 0, sum, squares,
            new MaturedSum(units.Count, 0, sum, squares, products, null, quantile), products, null, quantile);
    }

    /// <summary>A standard normal number.</summary>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static MetricProducts Products(IReadOnlyList<SimulatedUnit> units) => new(
        Text(units, u => u.Denominator),
        Text(units, u => (BigInteger)u.Denominator * u.Denominator),
        Text(units, u => (BigInteger)u.Value * u.Denominator),
        Text(units, u => u.History),
        Text(units, u => u.Value * u.History),
        Text(units, u => u.Denominator * u.History),
        Text(units, u => u.Covariate),
        Text(units, u => (BigInteger)u.Covariate * u.Covariate),
        Text(units, u => (BigInteger)u.Value * u.Covariate),
        Text(units, u => (BigInteger)u.Denominator * u.Covariate),
        Text(units, u => u.CovariateDenominator),
        Text(units, u => (BigInteger)u.CovariateDenominator * u.CovariateDenominator),
        Text(units, u => (BigInteger)u.Covariate * u.CovariateDenominator),
        Text(units, u => (BigInteger)u.Value * u.CovariateDenominator),
        Text(units, u => (BigInteger)u.Denominator * u.CovariateDenominator));

    private static QuantileSum QuantileOf(IReadOnlyList<SimulatedUnit> units, double q)
    {
        var own = units.Where(unit => !unit.Events.IsDefaultOrEmpty).ToList();
        var values = own.SelectMany(unit => unit.Events).Order().ToArray();
        var point = At(values, q);
        double Below(SimulatedUnit unit) => unit.Events.Count(value => value <= point);
        double n = values.Length, below = own.Sum(Below);
        var spread = own.Sum(unit => Math.Pow(Below(unit) - below / n * unit.Events.Length, 2)) * own.Count / (own.Count - 1);
        var half = 1.959963984540054 * Math.Sqrt(spread) / n;
        return new QuantileSum(
            values.Length, own.Count, Text(point), Text(own.Sum(u => Math.Pow(u.Events.Length, 2))), Text(below),
            Text(own.Sum(u => Below(u) * Below(u))), Text(own.Sum(u => Below(u) * u.Events.Length)), Text(At(values, q - half)), Text(At(values, q + half)));
    }

    private long History => HasHistory ? 1 : 0;

    private static double At(long[] ordered, double share)
    {
        var position = (ordered.Length - 1) * share;
        var below = (int)position;
        return ordered[below] + (position - below) * (ordered[Math.Min(below + 1, ordered.Length - 1)] - ordered[below]);
    }

    private static string Text(double number) => ((decimal)number).ToString(CultureInfo.InvariantCulture);

    private static string Text(IReadOnlyList<SimulatedUnit> units, Func<SimulatedUnit, BigInteger> of) =>
        units.Aggregate(BigInteger.Zero, (sum, unit) => sum + of(unit)).ToString(CultureInfo.InvariantCulture);
}
