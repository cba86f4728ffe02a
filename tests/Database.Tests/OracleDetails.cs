using System.Globalization;
using System.Numerics;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Database.Tests;

/// <summary>What looks need beyond sums, computed a second way: unit by unit, with whole numbers.</summary>
internal static class OracleDetails
{
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
        var half = units.Count < 2 ? 0 : TwoSided * Math.Sqrt((double)spread * units.Count / (units.Count - 1)) / values.Count;
        var centre = (double)(values.Count * (decimal)q);
        var lower = (int)Math.Max(1, Math.Floor(centre - half));
        var upper = (int)Math.Min(values.Count, Math.Ceiling(centre + half));
        var hasRanks = units.Count > 1;
        return new QuantileSum(
            values.Count,
            units.Count,
            Oracle.Text(point, Oracle.Scale),
            Total(unit => BigInteger.Pow(unit.Events.Count, 2)).ToString(CultureInfo.InvariantCulture),
            below.ToString(CultureInfo.InvariantCulture),
            Total(unit => BigInteger.Pow(Below(unit), 2)).ToString(CultureInfo.InvariantCulture),
            Total(unit => Below(unit) * unit.Events.Count).ToString(CultureInfo.InvariantCulture),
            hasRanks ? lower : null,
            hasRanks ? Oracle.Text(values[lower - 1], Oracle.Scale) : null,
            hasRanks ? upper : null,
            hasRanks ? Oracle.Text(values[upper - 1], Oracle.Scale) : null);
    }

    /// <summary>Linear between order statistics; shares in whole tenths, which keeps it exact.</summary>
    private static BigInteger Percentile(List<BigInteger> ordered, double share)
    {
        var tenths = (ordered.Count - 1) * (int)Math.Round(share * 10);
        var (whole, part) = Math.DivRem(tenths, 10);
        var next = Math.Min(whole + 1, ordered.Count - 1);
        return ordered[whole] + (ordered[next] - ordered[whole]) * part / 10;
    }

    private static string Sum(IEnumerable<Numbers> units, Func<Numbers, BigInteger> of, int scale) =>
        Oracle.Text(units.Aggregate(BigInteger.Zero, (sum, unit) => sum + of(unit)), scale);
}
