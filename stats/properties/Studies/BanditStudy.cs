using Splitstream.Stats.Bandits;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;

namespace Splitstream.Properties.Studies;

/// <summary>Thompson sampling in ten batches between two equal variants: what plain means and weighted ones make of it.</summary>
public static class BanditStudy
{
    private const int Batches = 10;
    private const int UnitsPerBatch = 50;
    private const double Rate = 0.3;
    private const double Floor = 0.1;

    private static readonly AdaptiveMethod[] Methods = Enum.GetValues<AdaptiveMethod>();

    public static IReadOnlyList<Figure> Run(Effort effort)
    {
        var runs = effort.Of(20_000);
        var results = Runs.Map(runs, 141, Experiment);
        var setting = $"two variants at {Rate:P0}, {Batches} batches of {UnitsPerBatch} units, floor {Floor:P0}";
        return
        [
            Figure.Mean(
                setting, "bias of a variant's mean, in points: unweighted", [.. results.Select(r => 100 * (r.Plain - Rate))], null, -0.5),
            .. Methods.Select((method, m) => Figure.Mean(
                setting,
                $"bias of a variant's mean, in points: {method}",
                [.. results.Select(r => 100 * (r.Estimates[m].Estimate - Rate))],
                method == AdaptiveMethod.SelfNormalised ? null : -0.15,
                method == AdaptiveMethod.SelfNormalised ? null : 0.15)),
            .. Methods.Select((method, m) => Figure.Rate(
                setting,
                $"95 % intervals that cover: {method}",
                results.LongCount(r => r.Estimates[m].Interval.Lower <= Rate && Rate <= r.Estimates[m].Interval.Upper),
                runs)),
        ];
    }

    private static (double Plain, AdaptiveEstimate[] Estimates) Experiment(Pcg random)
    {
        var units = new long[2];
        var conversions = new long[2];
        var observations = new List<AdaptiveObservation>(Batches * UnitsPerBatch);
        for (var batch = 0; batch < Batches; batch++)
        {
            var shares = AllocationWeights.Thompson(
                [.. units.Select((n, v) => BetaPosterior.Uniform.Update(new ConversionCounts(n, conversions[v])))], Floor);
            for (var i = 0; i < UnitsPerBatch; i++)
            {
                var variant = random.Uniform() < shares[0] ? 0 : 1;
                var outcome = random.Uniform() < Rate ? 1 : 0;
                units[variant]++;
                conversions[variant] += outcome;
                observations.Add(new AdaptiveObservation(variant, outcome, shares));
            }
        }

        return ((double)conversions[0] / units[0], [.. Methods.Select(method => AdaptiveEstimates.Mean(method, observations, 0).Value)]);
    }
}
