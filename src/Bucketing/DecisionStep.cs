namespace Splitstream.Bucketing;

/// <summary>One step of a decision that is being explained.</summary>
/// <param name="Reason">The reason that this step would have given.</param>
/// <param name="Applied">Whether it did, which ends the decision.</param>
/// <param name="Detail">What it looked at, as one English sentence without the closing full stop.</param>
public sealed record DecisionStep(DecisionReason Reason, bool Applied, string Detail);
