using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Splitstream.Bucketing;

/// <summary>The variants of an experiment in their order, with the buckets at which one ends and the next begins. Immutable.</summary>
/// <remarks>
/// A boundary is the double sum of the weights so far, divided once by the double sum of all, as the published rule says. Adding
/// up fractions instead would move boundaries by rounding.
/// </remarks>
public sealed class VariantSplit
{
    /// <summary>Stands for a variant without weight: no bucket lies below it.</summary>
    private const double NoBoundary = double.NegativeInfinity;

    private readonly double[] _boundaries;
    private readonly int _last;

    private VariantSplit(ImmutableArray<WeightedVariant> variants, double total)
    {
        Variants = variants;
        Total = total;
        _boundaries = new double[variants.Length];
        _last = -1;
        double sum = 0;
        for (int i = 0; i < variants.Length; i++)
        {
            double weight = variants[i].Weight;
            sum += weight;
            _boundaries[i] = weight > 0 ? sum / total : NoBoundary;
            _last = weight > 0 ? i : _last;
        }
    }

    /// <summary>The variants in the order that was given, those without weight included; at least one.</summary>
    public ImmutableArray<WeightedVariant> Variants { get; }

    /// <summary>The sum of the weights, taken in order; finite, not negative, zero when no variant has weight.</summary>
    public double Total { get; }

    /// <summary>Checks the variants and prepares their boundaries.</summary>
    /// <param name="variants">In the order that decides; keys may repeat, that is not judged here.</param>
    /// <param name="split">The split, or null when refused.</param>
    /// <param name="problem">
    /// Null, or why not: no variant, a weight that is negative or not finite, or weights whose sum is not finite (then the pointer
    /// is empty, because no single weight is to blame).
    /// </param>
    public static bool TryCreate(
        IReadOnlyList<WeightedVariant> variants,
        [NotNullWhen(true)] out VariantSplit? split,
        [NotNullWhen(false)] out InputProblem? problem)
    {
        ArgumentNullException.ThrowIfNull(variants);
        split = null;
        problem = null;
        double total = 0;
        for (int i = 0; i < variants.Count && problem is null; i++)
        {
            double weight = variants[i].Weight;
            total += weight;
            problem = weight >= 0 && double.IsFinite(weight)
                ? null
                : new InputProblem($"/{i}/weight", $"weight must be a finite number that is not negative, was {Text(weight)}");
        }

        problem ??= variants.Count == 0 ? new InputProblem("", "variants must hold at least one variant, were none") : null;
        problem ??= double.IsFinite(total) ? null : new InputProblem("", "the sum of the weights must be finite, it overflowed");
        if (problem is not null)
        {
            return false;
        }

        split = new VariantSplit([.. variants], total);
        return true;
    }

    /// <summary>As <see cref="TryCreate"/>, for variants that are known to be right.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    public static VariantSplit Create(params IReadOnlyList<WeightedVariant> variants) =>
        TryCreate(variants, out VariantSplit? split, out InputProblem? problem)
            ? split
            : throw new ArgumentException($"{problem.Pointer} {problem.Message}".Trim(), nameof(variants));

    /// <summary>The variant of a bucket: the first with weight whose boundary lies above the bucket, else the last with weight.</summary>
    /// <param name="bucket">In the closed interval [0, 1].</param>
    /// <returns>Index into <see cref="Variants"/>, or -1 when no variant has weight.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bucket lies outside, or is not a number.</exception>
    public int Choose(double bucket)
    {
        if (!(bucket >= 0 && bucket <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(bucket), bucket, "A bucket lies in [0, 1].");
        }

        double[] boundaries = _boundaries;
        for (int i = 0; i < boundaries.Length; i++)
        {
            if (bucket < boundaries[i])
            {
                return i;
            }
        }

        return _last;
    }

    /// <summary>The position of the first variant with this key (ordinal), or -1.</summary>
    public int IndexOf(string key)
    {
        for (int i = 0; i < Variants.Length; i++)
        {
            if (string.Equals(Variants[i].Key, key, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
