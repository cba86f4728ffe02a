using Splitstream.Stats.Calibration;

namespace Splitstream.Properties;

/// <summary>
/// A/A experiments of a conversion under a rule on posteriors, as they happen and not as a certificate simulates them: units come at
/// random moments and are split at random, and at every look the exact posterior decides (<see cref="PosteriorRule"/>).
/// </summary>
/// <remarks>
/// Arrivals of a Poisson process that are split and convert at random are independent Poisson processes of conversions and of failures per
/// variant, which is how they are drawn.
/// </remarks>
public sealed class FreshExperiment
{
    private readonly ExperimentDesign _design;
    private readonly PosteriorRule _rule;
    private readonly List<Look> _looks = [];

    /// <param name="rate">Conversion rate of every variant.</param>
    /// <param name="evenly">Units come evenly and are split exactly, as in a certificate; only conversions are random.</param>
    public FreshExperiment(ExperimentDesign design, double rate, bool evenly = false)
    {
        _design = design;
        _rule = new PosteriorRule(design.Rule.PosteriorThreshold, design.Control);
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
            if (fewest >= rule.MinimumSample && _rule.Ends(conversions, failures))
                return true;
        }

        return false;
    }

    private sealed record Look(Part[] Parts);

    /// <param name="Conversions">Of the units that became mature since the look before.</param>
    /// <param name="Failures">Null where the number of units is fixed.</param>
    private sealed record Part(DiscreteTable Conversions, DiscreteTable? Failures, int Units);
}
