using Splitstream.Stats;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Decisions;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Properties;

/// <summary>
/// A/A experiments of a conversion under a rule on posteriors, as they happen and not as a certificate simulates them: units come at
/// random moments and are split at random, and at every look the exact posterior and <see cref="Verdict"/> decide.
/// </summary>
/// <remarks>
/// Arrivals of a Poisson process that are split and convert at random are independent Poisson processes of conversions and of failures per
/// variant, which is how they are drawn.
/// </remarks>
public sealed class FreshExperiment
{
    /// <summary>With at least so many conversions and failures a plain deviate is never off by as much as <see cref="Slack"/>.</summary>
    private const long Few = 60;

    private const double Slack = 0.4;

    private readonly ExperimentDesign _design;
    private readonly double _threshold;
    private readonly double _screen;
    private readonly List<Look> _looks = [];

    /// <param name="rate">Conversion rate of every variant.</param>
    /// <param name="evenly">Units come evenly and are split exactly, as in a certificate; only conversions are random.</param>
    public FreshExperiment(ExperimentDesign design, double rate, bool evenly = false)
    {
        _design = design;
        _threshold = design.Rule.PosteriorThreshold;
        _screen = NormalDistribution.Quantile(1 - _threshold, Tail.Upper) - Slack;
        var tables = new Dictionary<(double, bool), DiscreteTable>();
        var (rule, variants) = (design.Rule, design.Weights.Length);
        var before = new double[variants];
        for (var look = 1; look <= Math.Round(rule.HorizonDays * 1_440 / rule.CadenceMinutes); look++)
        {
            var days = look * rule.CadenceMinutes / 1_440;
            var mature = Math.Max(0, days - (design.DelayHours / 24)) * design.UnitsPerDay / design.Weights.Sum();
            double[] units = [.. design.Weights.Select(weight => evenly ? Math.Floor((mature * weight) + 1e-9) : mature * weight)];

            // What comes before the rule can act is drawn at once.
            var hope = rule.MinimumSample - (8 * Math.Sqrt(rule.MinimumSample));
            if (days < rule.MinimumDays || units.Min() < hope)
                continue;
            var parts = new Part[variants];
            for (var v = 0; v < variants; v++)
            {
                var added = units[v] - before[v];
                parts[v] = evenly
                    ? new Part(Table((added, true), () => DiscreteTable.Binomial((int)added, rate)), null, (int)added)
                    : new Part(
                        Table((added * rate, false), () => DiscreteTable.Poisson(added * rate)),
                        Table((added * (1 - rate), false), () => DiscreteTable.Poisson(added * (1 - rate))),
                        0);
            }

            _looks.Add(new Look(parts));
            before = units;
        }

        DiscreteTable Table((double, bool) key, Func<DiscreteTable> make)
        {
            key.Item1 = Math.Round(key.Item1, 9);
            if (!tables.TryGetValue(key, out var table))
                tables.Add(key, table = make());
            return table;
        }
    }

    /// <summary>Whether the rule ships or rolls back, although no variant differs.</summary>
    public bool EndsFalsely(Pcg random)
    {
        var rule = _design.Rule;
        Span<long> conversions = stackalloc long[_design.Weights.Length];
        Span<long> failures = stackalloc long[conversions.Length];
        Span<TreatmentStanding> standings = stackalloc TreatmentStanding[conversions.Length - 1];
        foreach (var look in _looks)
        {
            long fewest = long.MaxValue, most = 0;
            for (var v = 0; v < conversions.Length; v++)
            {
                var part = look.Parts[v];
                var converted = part.Conversions.Draw(random);
                conversions[v] += converted;
                failures[v] += part.Failures is null ? part.Units - converted : part.Failures.Draw(random);
                var units = conversions[v] + failures[v];
                (fewest, most) = (Math.Min(fewest, units), Math.Max(most, units));
            }

            if (most > rule.HorizonUnitsPerVariant)
                return false;
            if (fewest >= rule.MinimumSample && Judge(conversions, failures, standings)
                && Verdict.Of(standings).Kind is VerdictKind.Ship or VerdictKind.RollBack)
                return true;
        }

        return false;
    }

    /// <summary>False when no treatment is near the threshold; otherwise every one that is near is judged exactly.</summary>
    private bool Judge(Span<long> conversions, Span<long> failures, Span<TreatmentStanding> standings)
    {
        var any = false;
        var control = _design.Control;
        for (int v = 0, treatment = 0; v < conversions.Length; v++)
        {
            if (v == control)
                continue;
            standings[treatment] = default;
            if (IsNear(conversions[control], failures[control], conversions[v], failures[v]))
            {
                any = true;
                var (a, b) = (Posterior(conversions[control], failures[control]), Posterior(conversions[v], failures[v]));
                var better = BetaComparison.ProbabilityBetter(a, b);
                standings[treatment] = new TreatmentStanding(better.BGreater > _threshold, better.AGreater > _threshold, b.Mean - a.Mean, true);
            }

            treatment++;
        }

        return any;
    }

    private bool IsNear(long conversionsA, long failuresA, long conversionsB, long failuresB)
    {
        if (Math.Min(Math.Min(conversionsA, failuresA), Math.Min(conversionsB, failuresB)) <= Few)
            return true;
        double a = conversionsA + failuresA, b = conversionsB + failuresB, rateA = conversionsA / a, rateB = conversionsB / b;
        var difference = rateB - rateA;
        return difference * difference > _screen * _screen * ((rateA * (1 - rateA) / a) + (rateB * (1 - rateB) / b));
    }

    private static BetaPosterior Posterior(long conversions, long failures) =>
        BetaPosterior.Uniform.Update(new ConversionCounts(conversions + failures, conversions));

    private sealed record Look(Part[] Parts);

    /// <param name="Conversions">Of the units that became mature since the look before.</param>
    /// <param name="Failures">Null where the number of units is fixed.</param>
    private sealed record Part(DiscreteTable Conversions, DiscreteTable? Failures, int Units);
}
