using System.Collections.Frozen;

namespace Splitstream.Cli.Evaluation;

/// <summary>Reads its fields, asks the product, writes its result. Returns without writing once the input has a refusal.</summary>
internal delegate void EvalOp(EvalInput input, EvalResult result);

/// <summary>The operations by name.</summary>
internal static class EvalOps
{
    /// <summary>Every operation that this runner knows; names are case-sensitive.</summary>
    public static FrozenDictionary<string, EvalOp> All { get; } = new Dictionary<string, EvalOp>(StringComparer.Ordinal)
    {
        ["bucket"] = BucketingOps.Bucket,
        ["select"] = BucketingOps.Select,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
