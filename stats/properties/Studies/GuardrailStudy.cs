using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Properties.Studies;

/// <summary>Guardrails that a treatment harms by just their margin, watched every four hours for 28 days.</summary>
public static class GuardrailStudy
{
    private const double Alpha = 0.05;
    private const int Looks = 168;
    private const int UnitsPerLook = 333;
    private const long OptimalUnits = 20_000;
    private const double Margin = 0.005;

    private static readonly double Naive = NormalDistribution.Quantile(Alpha, Tail.Upper);

    public static IReadOnlyList<Figure> Run(Effort effort) =>
        [.. Guardrails(effort.Of(40_000), 101, 1), .. Guardrails(effort.Of(40_000), 102, 3)];

    private static IEnumerable<Figure> Guardrails(int runs, ulong stream, int number)
    {
        var (control, treatment) = (DiscreteTable.Binomial(UnitsPerLook, 0.05), DiscreteTable.Binomial(UnitsPerLook, 0.05 + Margin));
        var counts = Runs.Count(runs, stream, 2, (random, pauses) =>
        {
            for (var guardrail = 0; guardrail < number; guardrail++)
            {
                long a = 0, b = 0;
                for (var look = 1; look <= Looks; look++)
                {
                    a += control.Draw(random);
                    b += treatment.Draw(random);
                    long units = look * UnitsPerLook;
                    double rateA = (double)a / units, rateB = (double)b / units;
                    var error = Math.Sqrt(((rateA * (1 - rateA)) + (rateB * (1 - rateB))) / units);
                    pauses[1] |= rateB - rateA - Margin > Naive * error;
                    pauses[0] |= AsymptoticConfidenceSequence.ForDifference(rateB - rateA, error, units, OptimalUnits, Alpha / number)
                        .TryGet(out var sequence, out _) && sequence.Interval.Lower > Margin;
                }
            }
        });
        var setting = $"{number} guardrail{(number > 1 ? "s" : string.Empty)} at the margin, {Looks} looks";
        yield return Figure.RateBelow(setting, "false pauses: always-valid harm test", counts[0], runs, Alpha);
        yield return Figure.Rate(setting, "false pauses: z test at 5 % at every look", counts[1], runs);
    }
}
