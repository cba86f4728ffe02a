namespace Splitstream.Stats.Calibration;

/// <summary>Days from the start to a ship or roll-back; to the last look before or at the horizon where there is none.</summary>
/// <param name="MeanDays">On average.</param>
/// <param name="Days90">Nine of ten experiments are over by then.</param>
public sealed record Duration(double MeanDays, double Days90)
{
    internal static Duration Of(RunResult[] results, LookPlan plan)
    {
        var days = results.Select(result => result.Decided ? plan.Looks[result.Look].Days : plan.EndDays).Order().ToArray();
        return new Duration(days.Average(), days[(int)Math.Ceiling(0.9 * days.Length) - 1]);
    }
}
