namespace Splitstream.Grains.Interfaces.Analysis;

/// <summary>What looking has done to the error rate of an experiment's rule.</summary>
/// <param name="Looks">Looks that were taken, at which the rule could act.</param>
/// <param name="MissedLooks">Looks that were due and not taken; they spent nothing.</param>
/// <param name="Views">Times that somebody read a snapshot; views spend nothing as long as nobody acts on them.</param>
/// <param name="Realised">False positives of the rule at the looks that were taken, as fixed times; null with a reason.</param>
/// <param name="FinestMinutes">Shortest time between two looks or views, at least five minutes; null with fewer than two.</param>
/// <param name="Watched">
/// False positives had somebody applied the rule all the time at that interval: the upper bound of what a person could have done.
/// </param>
/// <param name="Reason">Why there are no rates; null when there are.</param>
public sealed record PeekingAuditResult(
    string Experiment,
    int Looks,
    int MissedLooks,
    long Views,
    RateResult? Realised,
    double? FinestMinutes,
    RateResult? Watched,
    string? Reason);
