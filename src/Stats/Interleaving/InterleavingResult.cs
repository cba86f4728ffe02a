using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Interleaving;

/// <summary>Which of two rankings users prefer.</summary>
/// <param name="ControlWins">Lists, or units, with more clicks for the control's ranking.</param>
/// <param name="TreatmentWins">Those with more clicks for the treatment's.</param>
/// <param name="Ties">Those with as many for both, no click at all included.</param>
/// <param name="Preference">Wins of the treatment among all wins, in [0, 1]; one half without a difference.</param>
/// <param name="Interval">Wilson's interval of that share.</param>
/// <param name="SignP">Two-sided p-value of the exact sign test.</param>
/// <param name="MeanDifference">Mean of clicks for the treatment minus clicks for the control, ties included.</param>
/// <param name="PairedP">Two-sided p-value of the paired t test of that mean; inconclusive when all differences are equal.</param>
public sealed record InterleavingResult(
    long ControlWins,
    long TreatmentWins,
    long Ties,
    double Preference,
    ConfidenceInterval Interval,
    double SignP,
    double MeanDifference,
    Computed<double> PairedP);
