using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Calibration;

/// <summary>A decision rule as it is simulated.</summary>
/// <param name="Method">How evidence becomes a decision.</param>
/// <param name="PosteriorThreshold">In (0.5, 1); used by <see cref="RuleMethod.Posterior"/>.</param>
/// <param name="Alpha">In (0, 0.5); used by the other methods.</param>
/// <param name="MinimumSample">Mature units in every variant before any decision; 1 or more. Also where confidence sequences are narrowest.</param>
/// <param name="MinimumDays">Days since the start before any decision; 0 or more.</param>
/// <param name="CadenceMinutes">Minutes between looks; above 0.</param>
/// <param name="HorizonDays">No decision by the rule after so many days; above 0.</param>
/// <param name="HorizonUnitsPerVariant">Nor with more mature units in the largest variant.</param>
/// <param name="Spending">One of the spending kinds; used by <see cref="RuleMethod.GroupSequential"/>.</param>
/// <param name="HolmCorrection">Whether treatments share alpha by Holm's procedure; posteriors never do.</param>
/// <param name="GuardrailAlpha">Shared by all harm tests, in (0, 0.5).</param>
/// <param name="LiftPrior">
/// Belief about the lift, relative to control's mean, before any data; null for none. Used by <see cref="RuleMethod.Posterior"/> on means.
/// </param>
public sealed record RuleDesign(
    RuleMethod Method,
    double PosteriorThreshold,
    double Alpha,
    long MinimumSample,
    double MinimumDays,
    double CadenceMinutes,
    double HorizonDays,
    long HorizonUnitsPerVariant,
    BoundaryKind Spending,
    bool HolmCorrection,
    double GuardrailAlpha,
    NormalPosterior? LiftPrior = null)
{
    internal void Check()
    {
        if (!Enum.IsDefined(Method))
            throw new ArgumentOutOfRangeException(nameof(Method), Method, "Unknown method.");
        Half(PosteriorThreshold, nameof(PosteriorThreshold), upper: true);
        Half(Alpha, nameof(Alpha), upper: false);
        Half(GuardrailAlpha, nameof(GuardrailAlpha), upper: false);
        Guard.AtLeast(MinimumSample, 1);
        Guard.NotNegative(MinimumDays);
        Guard.Positive(CadenceMinutes);
        Guard.Positive(HorizonDays);
        Guard.AtLeast(HorizonUnitsPerVariant, 1);
        if (Spending is not (BoundaryKind.LanDeMetsOBrienFleming or BoundaryKind.LanDeMetsPocock))
            throw new ArgumentOutOfRangeException(nameof(Spending), Spending, "Only the spending kinds have a spending time.");
    }

    private static void Half(double value, string name, bool upper)
    {
        if (!(value > (upper ? 0.5 : 0) && value < (upper ? 1 : 0.5)))
            throw new ArgumentOutOfRangeException(name, value, upper ? "Must lie in (0.5, 1)." : "Must lie in (0, 0.5).");
    }
}
