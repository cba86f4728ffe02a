namespace Splitstream.Stats.Bayesian;

/// <summary>Expected losses of the two choices, in units of the metric; at least 0.</summary>
/// <param name="ChooseB">E[max(A-B, 0)].</param>
/// <param name="ChooseA">E[max(B-A, 0)].</param>
public sealed record ExpectedLoss(double ChooseB, double ChooseA)
{
    /// <summary>The same with A and B exchanged.</summary>
    public ExpectedLoss Swap() => new(ChooseA, ChooseB);
}
