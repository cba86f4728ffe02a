namespace Splitstream.Bucketing;

/// <summary>What the rule says about a unit without having written anything.</summary>
/// <param name="Reason">Why. <see cref="DecisionReason.Assigned"/> only together with <paramref name="NeedsClaim"/>.</param>
/// <param name="Variant">Index of the variant, or null when the unit gets none.</param>
/// <param name="NeedsClaim">
/// False: the answer is final and nothing is written. True: the unit gets this variant if its mutex claim (where the experiment is
/// in a group) and its row can be committed; what the database says then is the answer.
/// </param>
public readonly record struct Decision(DecisionReason Reason, int? Variant, bool NeedsClaim)
{
    /// <summary>An answer without a variant.</summary>
    public static Decision None(DecisionReason reason) => new(reason, null, false);

    /// <summary>A final answer with a variant.</summary>
    public static Decision Final(DecisionReason reason, int variant) => new(reason, variant, false);

    /// <summary>A variant that must be claimed first.</summary>
    public static Decision Claim(int variant) => new(DecisionReason.Assigned, variant, true);
}
