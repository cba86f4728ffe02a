namespace Splitstream.Stats.Calibration;

/// <summary>A rule that qualifies where the stated one does not, by the same runs.</summary>
/// <param name="PosteriorThreshold">In (0.5, 1); as stated where the method does not ask for one.</param>
/// <param name="MinimumSample">As stated, unless that cannot be reached.</param>
/// <param name="FalsePositives">Its worst rate.</param>
public sealed record RuleProposal(double PosteriorThreshold, long MinimumSample, SimulatedRate FalsePositives);
