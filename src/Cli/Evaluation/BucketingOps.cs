using Splitstream.Bucketing;

namespace Splitstream.Cli.Evaluation;

/// <summary>The two operations of the bucketing rule.</summary>
internal static class BucketingOps
{
    private static readonly Lazy<bool> NormalisationWorks = new(Splitstream.Bucketing.Bucket.NormalisationWorks);

    /// <summary>Hash, bucket and variant of a unit.</summary>
    /// <exception cref="InvalidOperationException">This process cannot normalise, so its hashes would be wrong.</exception>
    public static void Bucket(EvalInput input, EvalResult result)
    {
        string key = input.Text("experiment_key");
        string unit = input.Text("unit_id");
        string seed = input.Text("seed");
        VariantSplit? split = Split(input);
        if (split is null)
        {
            return;
        }

        if (!NormalisationWorks.Value)
        {
            throw new InvalidOperationException("Unicode normalisation is switched off in this process.");
        }

        uint hash = Splitstream.Bucketing.Bucket.Hash32(key, unit, seed);
        double bucket = Splitstream.Bucketing.Bucket.FromHash(hash);
        result.Begin().Text("hash8", $"{hash:x8}").Number("bucket", bucket).Text("variant", Chosen(split, bucket)).End();
    }

    /// <summary>
    /// Variant of a bucket. The hash is redundant: its type is checked, the answer comes from the bucket, and whether the two agree
    /// is not judged, since a runner may work from either.
    /// </summary>
    public static void Select(EvalInput input, EvalResult result)
    {
        double bucket = input.Number("bucket", NumberRule.Share);
        input.Number("hash32", NumberRule.CountBetween(0, uint.MaxValue));
        VariantSplit? split = Split(input);
        if (split is not null)
        {
            result.Begin().Text("variant", Chosen(split, bucket)).End();
        }
    }

    /// <summary>The split, or null when a field read so far, the variants included, was refused.</summary>
    private static VariantSplit? Split(EvalInput input)
    {
        IReadOnlyList<WeightedVariant> variants = input.Variants();
        if (input.Refusal is not null)
        {
            return null;
        }

        if (!VariantSplit.TryCreate(variants, out VariantSplit? split, out InputProblem? problem))
        {
            // Every weight is in range by now, so this is their sum.
            input.RefuseResult(problem.Message);
        }

        return split;
    }

    private static string? Chosen(VariantSplit split, double bucket)
    {
        int index = split.Choose(bucket);
        return index < 0 ? null : split.Variants[index].Key;
    }
}
