using System.Globalization;
using System.Numerics;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Database.Tests;

/// <summary>What looks need beyond sums, computed a second way: unit by unit, with whole numbers.</summary>
internal static class OracleDetails
{
    private const int LevelDigits = 9;
    private const double TwoSided = 1.959963984540054;

    /// <summary>The percentile of the mature units' values; null for metrics without a relative cap, and without such units.</summary>
    public static BigInteger? Cap(MetricDefinition metric, IReadOnlyList<Numbers> mature)
    {
        var values = mature.Select(unit => unit.Value).OfType<BigInteger>().Order().ToList();
        return metric is { Cap: { IsRelative: true, Value: var share } } && values.Count > 0 ? Percentile(values, share) : null;
    }

    /// <param name="cap">Null also for a group in which no unit has a value at all.</param>
    public static string Describe(MetricDefinition metric, bool isExternal, IReadOnlyList<Numbers> all, BigInteger? cap)
    {
        var units = all.Where(unit => unit.Value is not null).ToList();
        var isAdjusted = metric.HasCovariate && !isExternal;
        var products = isAdjusted || metric.Type == MetricType.Ratio ? Products(units, isAdjusted) : null;
        var capped = cap is not { } bound ? null : new CappedSum(
            Oracle.Text(bound, Oracle.Scale),
            Sum(units, unit => BigInteger.Min(unit.Value!.Value, bound), Oracle.Scale),
            Sum(units, unit => BigInteger.Pow(BigInteger.Min(unit.Value!.Value, bound), 2), 2 * Oracle.Scale),
            isAdjusted ? Products([.. units.Select(unit => Bounded(unit, bound))], true) : null);

        return $"{products}{capped}{(metric.Quantile is { } q ? Quantile(units, q) : null)}";
    }

    private static Numbers Bounded(Numbers unit, BigInteger bound) =>
        unit with { Value = BigInteger.Min(unit.Value!.Value, bound), Covariate = BigInteger.Min(unit.Covariate, bound) };

    private static MetricProducts Products(List<Numbers> units, bool isAdjusted)
    {
        const int One = Oracle.Scale;
        const int Two = 2 * Oracle.Scale;
        BigInteger G(Numbers unit) => isAdjusted ? unit.History : 0;
        BigInteger X(Numbers unit) => isAdjusted ? unit.Covariate : 0;
        BigInteger Z(Numbers unit) => isAdjusted ? unit.CovariateDenominator : 0;
        return new MetricProducts(
            Sum(units, u => u.Denominator, One),
            Sum(units, u => u.Denominator * u.Denominator, Two),
            Sum(units, u => u.Value!.Value * u.Denominator, Two),
            Sum(units, G, 0),
            Sum(units, u => u.Value!.Value * G(u), One),
            Sum(units, u => u.Denominator * G(u), One),
            Sum(units, X, One),
            Sum(units, u => X(u) * X(u), Two),
            Sum(units, u => u.Value!.Value * X(u), Two),
            Sum(units, u => u.Denominator * X(u), Two),
            Sum(units, Z, One),
            Sum(units, u => Z(u) * Z(u), Two),
            Sum(units, u => X(u) * Z(u), Two),
            Sum(units, u => u.Value!.Value * Z(u), Two),
            Sum(units, u => u.Denominator * Z(u), Two));
    }

    private static QuantileSum? Quantile(List<Numbers> all, double q)
    {
        var units = all.Where(unit => unit.Events.Count > 0).ToList();
        var values = units.SelectMany(unit => unit.Events).Order().ToList();
        if (values.Count == 0)
        {
            return null;
        }

        var point = Percentile(values, q);
        BigInteger n = values.Count;
        BigInteger Below(Numbers unit) => unit.Events.Count(value => value <= point);
        BigInteger Total(Func<Numbers, BigInteger> of) => units.Aggregate(BigInteger.Zero, (sum, unit) => sum + of(unit));
        var below = Total(Below);
        var spread = Total(unit => BigInteger.Pow(n * Below(unit) - below * unit.Events.Count, 2));
        var half = units.Count < 2
            ? 1
            : Math.Round((decimal)(TwoSided * Math.Sqrt((double)spread * units.Count / (units.Count - 1)) / values.Count / values.Count), 9);
        var (lower, upper) = ((decimal)q - half, (decimal)q + half);
        var hasEnds = lower > 0 && upper < 1;
        return new QuantileSum(
            values.Count,
            units.Count,
            Oracle.Text(point, Oracle.Scale),
            Total(unit => BigInteger.Pow(unit.Events.Count, 2)).ToString(CultureInfo.InvariantCulture),
            below.ToString(CultureInfo.InvariantCulture),
            Total(unit => BigInteger.Pow(Below(unit), 2)).ToString(CultureInfo.InvariantCulture),
            Total(unit => Below(unit) * unit.Events.Count).ToString(CultureInfo.InvariantCulture),
            hasEnds ? Oracle.Text(Precise(values, lower), Oracle.Scale + LevelDigits) : null,
            hasEnds ? Oracle.Text(Precise(values, upper), Oracle.Scale + LevelDigits) : null);
    }

    /// <summary>Shares in whole tenths, which keeps it exact.</summary>
    private static BigInteger Percentile(List<BigInteger> ordered, double share) =>
        Precise(ordered, (decimal)share) / BigInteger.Pow(10, LevelDigits);

    /// <summary>Linear between order statistics, times 10^9.</summary>
    private static BigInteger Precise(List<BigInteger> ordered, decimal share)
    {
        var position = (ordered.Count - 1) * share;
        var whole = (int)Math.Floor(position);
        var next = Math.Min(whole + 1, ordered.Count - 1);
        return ordered[whole] * BigInteger.Pow(10, LevelDigits)
            + (ordered[next] - ordered[whole]) * new BigInteger((position - whole) * 1_000_000_000);
    }

    private static string Sum(IEnumerable<Numbers> units, Func<Numbers, BigInteger> of, int scale) =>
        Oracle.Text(units.Aggregate(BigInteger.Zero, (sum, unit) => sum + of(unit)), scale);
}
