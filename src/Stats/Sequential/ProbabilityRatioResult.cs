namespace Splitstream.Stats.Sequential;

/// <summary>A sequential probability ratio test over a sequence of values.</summary>
/// <param name="LogLikelihoodRatio">ln of the likelihood ratio over the whole sequence, also over what came after the decision.</param>
/// <param name="Upper">Boundary at which the alternative is accepted.</param>
/// <param name="Lower">Boundary at which the null hypothesis is accepted.</param>
/// <param name="Decision">By the first crossing; nothing later changes it.</param>
/// <param name="Index">Position of that crossing, counted from 1; null when there is none.</param>
public sealed record ProbabilityRatioResult(
    double LogLikelihoodRatio, double Upper, double Lower, SequentialDecision Decision, int? Index);
