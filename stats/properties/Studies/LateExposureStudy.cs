using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Properties.Studies;

/// <summary>
/// Exposures logged a week late by a third of the units: the covariate's fortnight ends at the assignment, as the product has it, or at
/// the logged exposure, when the treatment has worked for a week.
/// </summary>
public static class LateExposureStudy
{
    private const int Units = 400;
    private const double Effect = 0.3;
    private const double LateShare = 1.0 / 3;
    private const double TreatedShareOfFortnight = 0.5;

    public static IReadOnlyList<Figure> Run(Effort effort)
    {
        var runs = effort.Of(20_000);
        var results = Runs.Map(runs, 111, random =>
        {
            var early = new double[2][];
            var late = new double[2][];
            var metric = new double[2][];
            for (var v = 0; v < 2; v++)
            {
                (early[v], late[v], metric[v]) = (new double[Units], new double[Units], new double[Units]);
                for (var i = 0; i < Units; i++)
                {
                    var habit = random.Normal();
                    early[v][i] = habit + (0.5 * random.Normal());
                    late[v][i] = random.Uniform() < LateShare
                        ? habit + (0.5 * random.Normal()) + (v * Effect * TreatedShareOfFortnight)
                        : early[v][i];
                    metric[v][i] = habit + (0.7 * random.Normal()) + (v * Effect);
                }
            }

            var right = Cuped.Difference(early[0], metric[0], early[1], metric[1]).Value;
            var wrong = Cuped.Difference(late[0], metric[0], late[1], metric[1]).Value;
            return (right, wrong);
        });
        const string Right = "fortnight before the assignment", Wrong = "fortnight before the logged exposure";
        const string Setting = "400 units per variant, a third logged a week late";
        return
        [
            Figure.Mean(Setting, $"bias over effect: {Right}", [.. results.Select(r => (r.right.Effect / Effect) - 1)], -0.01, 0.01),
            Figure.Rate(Setting, $"95 % intervals that cover: {Right}", results.LongCount(r => Covers(r.right)), runs, 0.94, 0.96),
            Figure.Mean(Setting, $"bias over effect: {Wrong}", [.. results.Select(r => (r.wrong.Effect / Effect) - 1)]),
            Figure.Rate(Setting, $"95 % intervals that cover: {Wrong}", results.LongCount(r => Covers(r.wrong)), runs),
        ];
    }

    private static bool Covers(CupedDifference difference) =>
        Math.Abs(difference.Effect - Effect) <= 1.959963984540054 * difference.StandardError;
}
