using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Power;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Sequential;

namespace Splitstream.Properties.Studies;

/// <summary>Lan-DeMets spending like O'Brien and Fleming with 28 daily looks: what it saves, and its error however units arrive.</summary>
public static class GroupSequentialStudy
{
    private const double Alpha = 0.05;
    private const double Rate = 0.1;
    private const double Better = 0.11;
    private const int Days = 28;

    /// <summary>Units a day relative to an even flow.</summary>
    private static readonly (string Name, Func<int, double> Flow)[] Arrivals =
    [
        ("even", _ => 1),
        ("front-loaded", day => 3 * Math.Exp(-day / 9.0)),
        ("back-loaded", day => 0.2 * Math.Exp(day / 9.0)),
        ("underrun: 70 % of the plan", _ => 0.7),
        ("overrun: a last day with a fifth of the plan more", day => day == Days - 1 ? 1 + (0.2 * Days) : 1),
    ];

    public static IReadOnlyList<Figure> Run(Effort effort)
    {
        var fixedUnits = SampleSize.ForProportions(Rate, Better, Alpha, 0.8, 2).Value;
        var inflation = Inflation(effort.Of(400_000));
        var planned = fixedUnits * inflation;
        var plan = Enumerable.Range(1, Days).Select(day => (int)(planned * day / Days) - (int)(planned * (day - 1) / Days)).ToArray();
        var boundaries = Boundaries([.. plan.Select(units => 2 * units)], 2 * planned);
        var design = new Design(plan, plan, boundaries);
        var ends = Runs.Map(effort.Of(100_000), 12, new Simulation(design, Rate, Better).Run);
        const string Setting = "10 % against 11 %, 28 daily looks";
        return
        [
            new Figure(Setting, "maximum n over that of one fixed test", inflation, 1 / Math.Sqrt(effort.Of(400_000)), effort.Of(400_000)),
            Figure.Mean(Setting, "power", [.. ends.Select(end => end.Rejects ? 1.0 : 0)], 0.79, 0.81),
            Figure.Mean(Setting, "mean sample over that of one fixed test", [.. ends.Select(end => end.Units / fixedUnits)], null, 0.8),
            .. Arrivals.Select((arrival, i) => TypeOne(arrival.Name, arrival.Flow, planned, effort, 20 + (ulong)i)),
        ];
    }

    /// <summary>Maximum information at which a Brownian motion with drift is caught with 80 %, over that of a fixed test.</summary>
    /// <remarks>Its error is about 1/sqrt(runs): that of a normal quantile, twice, over a drift of 2.8.</remarks>
    private static double Inflation(int runs)
    {
        double[] information = [.. Enumerable.Range(1, Days).Select(day => (double)day / Days)];
        var z = GroupSequential.Boundaries(BoundaryKind.LanDeMetsOBrienFleming, Alpha, information).Value;
        var drift = NormalDistribution.Quantile(Alpha / 2, Tail.Upper) + NormalDistribution.Quantile(0.2, Tail.Upper);

        // Each run is caught from some drift on: the smallest (boundary - path) over looks. Its 80 % quantile is the drift that is needed.
        var needed = Runs.Map(runs, 11, random =>
        {
            double path = 0, least = double.PositiveInfinity;
            for (var look = 0; look < Days; look++)
            {
                path += random.Normal() / Math.Sqrt(Days);
                least = Math.Min(least, ((z[look] * Math.Sqrt(information[look])) - path) / information[look]);
            }

            return least;
        });
        Array.Sort(needed);
        var ratio = needed[(int)(0.8 * runs)] / drift;
        return ratio * ratio;
    }

    /// <summary>Arrivals are drawn anew for every 500 experiments, and the boundaries computed from what arrived.</summary>
    private static Figure TypeOne(string name, Func<int, double> flow, double planned, Effort effort, ulong stream)
    {
        var (draws, runs) = (effort.Of(200), effort.Of(500));
        var weekday = planned / Days;
        var designs = Runs.Map(draws, stream, random =>
        {
            var (control, treatment) = (new int[Days], new int[Days]);
            for (var day = 0; day < Days; day++)
            {
                var expected = weekday * flow(day) * Math.Exp(0.2 * random.Normal());
                control[day] = DiscreteTable.Poisson(expected).Draw(random);
                treatment[day] = DiscreteTable.Poisson(expected).Draw(random);
            }

            return new Design(control, treatment, Boundaries([.. control.Zip(treatment, (c, t) => c + t)], 2 * planned));
        });
        var rejected = designs.Select((design, i) =>
        {
            var simulation = new Simulation(design, Rate, Rate);
            return Runs.Count(runs, (stream * 1_000) + (ulong)i, 1, (random, rejects) => rejects[0] = simulation.Run(random).Rejects)[0];
        }).Sum();
        return Figure.Rate($"{name}, {draws} random arrivals", "type I", rejected, (long)runs * draws, 0.046, 0.054);
    }

    /// <summary>Boundaries of the days that test; infinite for those that do not, and after the last.</summary>
    private static double[] Boundaries(int[] arrived, double planned)
    {
        var boundaries = new double[Days];
        Array.Fill(boundaries, double.PositiveInfinity);
        List<int> tested = [];
        List<double> information = [];
        double units = 0;
        for (var day = 0; day < Days; day++)
        {
            units += arrived[day];
            var atHorizon = day == Days - 1 || units >= planned;
            if (SpendingSchedule.Tests(information.Count == 0 ? 0 : information[^1], units / planned, atHorizon))
            {
                tested.Add(day);
                information.Add(units / planned);
            }

            if (atHorizon)
                break;
        }

        var levels = SpendingSchedule.NominalLevels(BoundaryKind.LanDeMetsOBrienFleming, Alpha, information, endsAtHorizon: true).Value;
        for (var i = 0; i < levels.Length; i++)
            boundaries[tested[i]] = levels[i] > 0 ? NormalDistribution.Quantile(levels[i] / 2, Tail.Upper) : double.PositiveInfinity;
        return boundaries;
    }

    private sealed record Design(int[] Control, int[] Treatment, double[] Boundaries);

    private readonly record struct End(bool Rejects, double Units);

    /// <summary>Conversions day by day, and the pooled z test that the product makes of them.</summary>
    private sealed class Simulation(Design design, double controlRate, double treatmentRate)
    {
        private readonly DiscreteTable[] _control = [.. design.Control.Select(units => DiscreteTable.Binomial(units, controlRate))];
        private readonly DiscreteTable[] _treatment = [.. design.Treatment.Select(units => DiscreteTable.Binomial(units, treatmentRate))];

        /// <summary>Whether a look rejected, and the units per variant until then.</summary>
        public End Run(Pcg random)
        {
            long controlUnits = 0, treatmentUnits = 0, control = 0, treatment = 0;
            var last = Array.FindLastIndex(design.Boundaries, double.IsFinite);
            for (var day = 0; day <= last; day++)
            {
                controlUnits += design.Control[day];
                treatmentUnits += design.Treatment[day];
                control += _control[day].Draw(random);
                treatment += _treatment[day].Draw(random);
                var boundary = design.Boundaries[day];
                if (double.IsFinite(boundary)
                    && TwoProportionTest
                        .Compute(new ConversionCounts(controlUnits, control), new ConversionCounts(treatmentUnits, treatment))
                        .TryGet(out var test, out _)
                    && Math.Abs(test.Z) >= boundary)
                {
                    return new End(true, (controlUnits + treatmentUnits) / 2.0);
                }
            }

            return new End(false, (controlUnits + treatmentUnits) / 2.0);
        }
    }
}
