namespace Splitstream.Bench;

/// <summary>One comparison: ours beside a baseline, medians of alternating rounds.</summary>
/// <param name="Value">Median of ours, in <paramref name="Unit"/>.</param>
/// <param name="BaselineValue">Median of the baseline, in the same unit.</param>
/// <param name="Ratio">Median of the rounds' ratios: each round's two halves ran next to each other on the same noisy machine.</param>
/// <param name="Floor">The ratio below which a version must not ship.</param>
public sealed record Measure(
    string Name, string Unit, double Value, string Baseline, double BaselineValue, double Ratio, double Floor, bool Holds, Round[] Rounds)
{
    /// <param name="most">Ours must not be above this; infinite for rates.</param>
    public static Measure Of(
        string name, string unit, string baseline, double floor, IReadOnlyList<Round> rounds, double most = double.PositiveInfinity)
    {
        var ratio = Median(rounds.Select(round => round.Ratio));
        return new Measure(
            name,
            unit,
            Median(rounds.Select(round => round.Value)),
            baseline,
            Median(rounds.Select(round => round.BaselineValue)),
            ratio,
            floor,
            ratio >= floor && rounds.All(round => round.Value <= most),
            [.. rounds]);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        var middle = sorted.Count / 2;
        return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>Both halves of one round.</summary>
/// <param name="IsTime">Less is better: then the ratio is the baseline over ours.</param>
public sealed record Round(double Value, double BaselineValue, bool IsTime = false)
{
    public double Ratio => IsTime ? BaselineValue / Value : Value / BaselineValue;
}
