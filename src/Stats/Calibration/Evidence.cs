using System.Runtime.CompilerServices;

namespace Splitstream.Stats.Calibration;

/// <summary>Means, differences and their errors at a look, as the analysis computes them for one epoch.</summary>
/// <param name="origin">What values are measured from.</param>
internal sealed class Evidence(LookPlan plan, bool isConversion, int control, bool higherIsBetter, double origin)
{
    /// <summary>Far more than rounding can change.</summary>
    private const double Slack = 1 + 1e-9;

    private readonly int _sign = higherIsBetter ? 1 : -1;
    private readonly double[] _perUnit = PerUnit(plan, units => units);
    private readonly double[] _perPair = PerUnit(plan, units => units * (units - 1));

    public bool IsConversion => isConversion;

    public int Control => control;

    public int Sign => _sign;

    public long Units(int look, int variant) => plan.Looks[look].Units[variant];

    /// <summary>Measured from the origin.</summary>
    public double Mean(int look, int variant, Sums sums) => sums.Sum[variant] / Units(look, variant);

    public double AbsoluteMean(int look, int variant, Sums sums) => origin + Mean(look, variant, sums);

    /// <summary>Variance of the mean; 0 where there is none yet.</summary>
    public double VarianceOfMean(int look, int variant, Sums sums)
    {
        double units = Units(look, variant);
        if (units < 2)
            return 0;
        var mean = sums.Sum[variant] / units;
        return isConversion
            ? mean * (1 - mean) / units
            : Math.Max(0, (sums.Squares[variant] - (units * mean * mean)) / (units - 1) / units);
    }

    /// <summary>Effect in the good direction and its standard error; the error is 0 where there is none.</summary>
    public (double Effect, double Error) Difference(int look, int treatment, Sums sums)
    {
        var variance = VarianceOfMean(look, control, sums) + VarianceOfMean(look, treatment, sums);
        return (
            _sign * (Mean(look, treatment, sums) - Mean(look, control, sums)),
            Units(look, control) < 2 || Units(look, treatment) < 2 ? 0 : Math.Sqrt(variance));
    }

    /// <summary>Whether factor times the squared statistic may exceed a limit: no root, no division, and never a wrong no.</summary>
    public bool MayExceed(int look, int treatment, Sums sums, double factor, double limit)
    {
        var (effect, variance) = Roughly(look, treatment, sums);
        return factor * effect * effect * Slack > limit * variance;
    }

    /// <summary>Whether the effect may lie below a bound by more errors than the width: no root, no division, and never a wrong no.</summary>
    public bool MayLieBelow(double bound, double width, int look, int treatment, Sums sums)
    {
        var (effect, variance) = Roughly(look, treatment, sums);
        var below = bound - (_sign * effect);
        return below > 0 && below * below * Slack > width * width * variance;
    }

    /// <summary>What decides between several winners: the posterior mean of the effect, in the good direction.</summary>
    public double Estimate(int look, int treatment, Sums sums) => isConversion
        ? _sign * ((sums.Sum[treatment] + 1) / (Units(look, treatment) + 2) - ((sums.Sum[control] + 1) / (Units(look, control) + 2)))
        : _sign * (Mean(look, treatment, sums) - Mean(look, control, sums));

    /// <summary>Two-sided test statistic in the good direction: pooled z for conversions, else Welch's t; 0 where there is none.</summary>
    public double Statistic(int look, int treatment, Sums sums)
    {
        if (!isConversion)
            return Difference(look, treatment, sums) is ({ } effect, > 0 and { } error) ? effect / error : 0;
        double n1 = Units(look, control), n2 = Units(look, treatment);
        var rate = (sums.Sum[control] + sums.Sum[treatment]) / (n1 + n2);
        var variance = rate * (1 - rate) * (1 / n1 + 1 / n2);
        return variance > 0 ? _sign * (Mean(look, treatment, sums) - Mean(look, control, sums)) / Math.Sqrt(variance) : 0;
    }

    /// <summary>Satterthwaite's degrees of freedom of Welch's t; infinite for conversions, whose statistic is normal.</summary>
    public double DegreesOfFreedom(int look, int treatment, Sums sums)
    {
        if (isConversion)
            return double.PositiveInfinity;
        double v1 = VarianceOfMean(look, control, sums), v2 = VarianceOfMean(look, treatment, sums);
        return (v1 + v2) * (v1 + v2)
            / (v1 * v1 / (Units(look, control) - 1) + v2 * v2 / (Units(look, treatment) - 1));
    }

    private static double[] PerUnit(LookPlan plan, Func<double, double> divisor) =>
        [.. plan.Looks.SelectMany(look => look.Units.Select(units => units > 1 ? 1 / divisor(units) : 0))];

    /// <summary>Treatment minus control and its variance, but for rounding; the variance is too small below two units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (double Effect, double Variance) Roughly(int look, int treatment, Sums sums)
    {
        var variants = sums.Sum.Length;
        var perUnit = _perUnit.AsSpan(look * variants, variants);
        var (first, second) = (sums.Sum[control] * perUnit[control], sums.Sum[treatment] * perUnit[treatment]);
        if (isConversion)
            return (second - first, (first * (1 - first) * perUnit[control]) + (second * (1 - second) * perUnit[treatment]));
        var perPair = _perPair.AsSpan(look * variants, variants);
        return (
            second - first,
            (Math.Max(0, sums.Squares[control] - (sums.Sum[control] * first)) * perPair[control])
                + (Math.Max(0, sums.Squares[treatment] - (sums.Sum[treatment] * second)) * perPair[treatment]));
    }
}
