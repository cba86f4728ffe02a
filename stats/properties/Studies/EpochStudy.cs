using Splitstream.Stats;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Properties.Studies;

/// <summary>Weights that change half-way while the base rate moves from 10 to 12 %: stratified by epoch, and pooled.</summary>
public static class EpochStudy
{
    private const int DaysPerEpoch = 14;
    private const int UnitsPerDay = 4_000;

    private static readonly double[] BaseRates = [0.1, 0.12];

    public static IReadOnlyList<Figure> Run(Effort effort) =>
    [
        .. Coverage(effort.Of(100_000), 91, -0.01),
        .. Coverage(effort.Of(100_000), 92, 0),
        .. FalsePositives(effort, 93, 0.8, 0.2, 5_000),
        .. FalsePositives(effort, 94, 0.5, 0.3, 10_000),
    ];

    private static IEnumerable<Figure> Coverage(int runs, ulong stream, double effect)
    {
        double[] shares = [0.9, 0.1];
        const double Units = DaysPerEpoch * UnitsPerDay;
        var sizes = shares.Select(share => (Control: (int)Math.Round(Units * share), Treatment: (int)Math.Round(Units * (1 - share)))).ToArray();
        var control = sizes.Select((size, e) => DiscreteTable.Binomial(size.Control, BaseRates[e])).ToArray();
        var treatment = sizes.Select((size, e) => DiscreteTable.Binomial(size.Treatment, BaseRates[e] + effect)).ToArray();
        var counts = Runs.Count(runs, stream, 4, (random, happened) =>
        {
            EpochConversions[] epochs =
            [
                .. sizes.Select((size, e) => new EpochConversions(
                    new ConversionCounts(size.Control, control[e].Draw(random)),
                    new ConversionCounts(size.Treatment, treatment[e].Draw(random)))),
            ];
            var stratified = TwoProportionTest.Stratified(epochs).Value;
            var pooled = TwoProportionTest.Compute(Sum(epochs.Select(e => e.Control)), Sum(epochs.Select(e => e.Treatment))).Value;
            happened[0] = Covers(stratified, effect);
            happened[1] = Covers(pooled, effect);
            happened[2] = Math.Sign(stratified.Effect) == Math.Sign(effect);
            happened[3] = Math.Sign(pooled.Effect) == Math.Sign(effect);
        });
        var setting = $"90:10 then 10:90, base rate 10 then 12 %, effect {effect * 100:0.0} points";
        yield return Figure.Rate(setting, "stratified: 95 % intervals that cover", counts[0], runs, 0.945);
        yield return Figure.Rate(setting, "pooled: 95 % intervals that cover", counts[1], runs);
        if (effect == 0)
            yield break;
        yield return Figure.Rate(setting, "stratified: right sign", counts[2], runs, 0.99);
        yield return Figure.Rate(setting, "pooled: right sign", counts[3], runs);
    }

    /// <summary>The posterior rule every four hours, with the weights turned round after half of the time.</summary>
    private static IEnumerable<Figure> FalsePositives(Effort effort, ulong stream, double firstShare, double secondShare, long minimum)
    {
        const int LooksPerDay = 6;
        var design = new ExperimentDesign(
            [firstShare, 1 - firstShare],
            0,
            OutcomeModel.Conversion(0.1),
            true,
            UnitsPerDay,
            0,
            new RuleDesign(
                RuleMethod.Posterior,
                0.995,
                0.05,
                minimum,
                7,
                240,
                2 * DaysPerEpoch,
                2 * DaysPerEpoch * UnitsPerDay,
                BoundaryKind.LanDeMetsOBrienFleming,
                true,
                0.05),
            [],
            null,
            []);
        var certified = CertifiedRate.Of(design, effort, stream);
        double[][] shares = [[firstShare, 1 - firstShare], [secondShare, 1 - secondShare]];
        var rule = new PosteriorRule(design.Rule.PosteriorThreshold);
        var conversions = Tables(e => BaseRates[e]);
        var failures = Tables(e => 1 - BaseRates[e]);
        var runs = effort.Of(60_000);
        var counts = Runs.Count(runs, stream, 2, (random, ends) =>
        {
            var converted = new long[4];
            var failed = new long[4];
            for (var look = 0; look < 2 * DaysPerEpoch * LooksPerDay; look++)
            {
                var epoch = look / (DaysPerEpoch * LooksPerDay);
                for (var v = 0; v < 2; v++)
                {
                    converted[(2 * epoch) + v] += conversions[epoch][v].Draw(random);
                    failed[(2 * epoch) + v] += failures[epoch][v].Draw(random);
                }

                if (look + 1 < design.Rule.MinimumDays * LooksPerDay || Units(0) + Units(2) < minimum || Units(1) + Units(3) < minimum)
                    continue;
                ends[0] = ends[0] || Stratified(rule, converted, failed, epoch + 1);
                ends[1] = ends[1] || rule.Ends(
                    [converted[0] + converted[2], converted[1] + converted[3]], [failed[0] + failed[2], failed[1] + failed[3]]);

                long Units(int cell) => converted[cell] + failed[cell];
            }
        });
        var setting = $"{firstShare:P0} then {secondShare:P0} control, base rate 10 then 12 %, A/A, at least {minimum:N0}";
        var z = effort.Allowed(NormalDistribution.Quantile(0.005, Tail.Upper));
        var exact = Figure.Difference(
            setting, "stratified, minus certified", counts[0], runs, certified.Occurrences, certified.Runs, z);
        return
        [
            Figure.Rate(setting, "certified rate, without the edit", certified.Occurrences, certified.Runs),
            Figure.Rate(setting, "stratified: false positives", counts[0], runs),
            exact with { Least = null },
            Figure.Rate(setting, "pooled: false positives", counts[1], runs),
        ];

        DiscreteTable[][] Tables(Func<int, double> share) =>
            [.. shares.Select((s, e) => s.Select(x => DiscreteTable.Poisson((double)UnitsPerDay / LooksPerDay * x * share(e))).ToArray())];
    }

    /// <summary>The rule on beliefs combined over epochs; not asked where the stratified deviate is far from the threshold.</summary>
    private static bool Stratified(PosteriorRule rule, long[] converted, long[] failed, int epochs)
    {
        double effect = 0, variance = 0;
        var fewest = long.MaxValue;
        for (var a = 0; a < 2 * epochs; a += 2)
        {
            double unitsA = converted[a] + failed[a], unitsB = converted[a + 1] + failed[a + 1];
            double rateA = converted[a] / unitsA, rateB = converted[a + 1] / unitsB, weight = unitsA * unitsB / (unitsA + unitsB);
            effect += weight * (rateB - rateA);
            variance += weight * weight * ((rateA * (1 - rateA) / unitsA) + (rateB * (1 - rateB) / unitsB));
            fewest = Math.Min(fewest, Math.Min(Math.Min(converted[a], failed[a]), Math.Min(converted[a + 1], failed[a + 1])));
        }

        if (!rule.IsNear(effect / Math.Sqrt(variance), fewest))
            return false;
        var counts = Enumerable.Range(0, epochs)
            .Select(e => (IReadOnlyList<ConversionCounts>)[Cell(2 * e), Cell((2 * e) + 1)])
            .ToArray();
        var beliefs = EpochPosterior.Combine(counts, BetaPosterior.Uniform).Value;
        return rule.Ends(beliefs[0], beliefs[1]);

        ConversionCounts Cell(int cell) => new(converted[cell] + failed[cell], converted[cell]);
    }

    private static bool Covers(TwoProportionResult test, double effect) => test.Interval.Lower <= effect && effect <= test.Interval.Upper;

    private static ConversionCounts Sum(IEnumerable<ConversionCounts> counts) =>
        counts.Aggregate((a, b) => new ConversionCounts(a.Units + b.Units, a.Conversions + b.Conversions));
}
