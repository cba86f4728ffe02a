using Splitstream.Stats;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Properties.Studies;

/// <summary>Outcomes that take days, under the default rule: with only mature units, or with all and what they have done so far.</summary>
public static class DelayStudy
{
    private const int HoursPerLook = 4;
    private const int Looks = 28 * 24 / HoursPerLook;
    private const double UnitsPerDay = 4_000;

    private static readonly RuleDesign Rule = new(
        RuleMethod.Posterior, 0.995, 0.05, 20_000, 7, HoursPerLook * 60, 28, 56_000, BoundaryKind.LanDeMetsOBrienFleming, true, 0.05);

    public static IReadOnlyList<Figure> Run(Effort effort) =>
    [
        .. Outcome("45 % retention on day 7", 0.45, 168, 192, effort, 80),
        .. Outcome("90 % retention on day 7", 0.9, 168, 192, effort, 81),
        .. Outcome("10 % conversion, within 3 days", 0.1, 0, 72, effort, 82),
    ];

    private static IEnumerable<Figure> Outcome(string setting, double rate, int fromHours, int toHours, Effort effort, ulong stream)
    {
        var design = new ExperimentDesign([1, 1], 0, OutcomeModel.Conversion(rate), true, UnitsPerDay, toHours, Rule, [], null, []);
        var certified = CertifiedRate.Of(design, effort, stream);
        var runs = effort.Of(60_000);
        var simulation = new Simulation(rate, fromHours / HoursPerLook, toHours / HoursPerLook);
        var counts = Runs.Count(runs, stream, 2, simulation.Run);
        var z = effort.Allowed(NormalDistribution.Quantile(0.005, Tail.Upper));
        return
        [
            Figure.Rate(setting, "certified rate", certified.Occurrences, certified.Runs),
            Figure.Rate(setting, "mature units only: false positives", counts[0], runs),
            Figure.Difference(setting, "mature units only, minus certified", counts[0], runs, certified.Occurrences, certified.Runs, z) with
            {
                // With random arrivals the certificate may err to the safe side.
                Least = null,
            },
            Figure.Rate(setting, "immature units as zero: false positives", counts[1], runs),
        ];
    }

    /// <summary>
    /// Units come at random moments. Those of one look that convert do so from <paramref name="from"/> to <paramref name="to"/> looks
    /// after they came, evenly; by thinning, each such number is a Poisson variable of its own.
    /// </summary>
    private sealed class Simulation(double rate, int from, int to)
    {
        private readonly PosteriorRule _rule = new(Rule.PosteriorThreshold);
        private readonly DiscreteTable _failures = DiscreteTable.Poisson(UnitsPerDay / 2 * HoursPerLook / 24 * (1 - rate));
        private readonly DiscreteTable _end = Conversions(rate, 0.5 / (to - from));
        private readonly DiscreteTable _inside = Conversions(rate, 1.0 / (to - from));

        public void Run(Pcg random, bool[] ends)
        {
            var converted = new long[2, Looks + to + 1];
            var units = new long[2, Looks];
            var ofUnits = new long[2, Looks];
            for (var v = 0; v < 2; v++)
            {
                for (var look = 0; look < Looks; look++)
                {
                    for (var later = from; later <= to; later++)
                    {
                        // A unit comes somewhere between two looks: the first and the last of its looks have half the chance.
                        var events = (later == from || later == to ? _end : _inside).Draw(random);
                        converted[v, look + later] += events;
                        ofUnits[v, look] += events;
                    }

                    units[v, look] = ofUnits[v, look] + _failures.Draw(random);
                }
            }

            long[] matureUnits = [0, 0], mature = [0, 0], allUnits = [0, 0], all = [0, 0];
            for (var look = 0; look < Looks; look++)
            {
                for (var v = 0; v < 2; v++)
                {
                    allUnits[v] += units[v, look];
                    all[v] += converted[v, look];
                    if (look >= to)
                    {
                        matureUnits[v] += units[v, look - to];
                        mature[v] += ofUnits[v, look - to];
                    }
                }

                ends[0] = ends[0] || Ends(look, matureUnits, mature);
                ends[1] = ends[1] || Ends(look, allUnits, all);
            }
        }

        private bool Ends(int look, long[] units, long[] conversions) =>
            (look + 1) * HoursPerLook / 24.0 >= Rule.MinimumDays
            && units.Min() >= Rule.MinimumSample && units.Max() <= Rule.HorizonUnitsPerVariant
            && _rule.Ends(conversions, [units[0] - conversions[0], units[1] - conversions[1]]);

        private static DiscreteTable Conversions(double rate, double share) =>
            DiscreteTable.Poisson(UnitsPerDay / 2 * HoursPerLook / 24 * rate * share);
    }
}
