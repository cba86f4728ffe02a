using Splitstream.Stats;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Decisions;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Properties.Studies;

/// <summary>
/// Certified rates of means against those of fresh A/A experiments: there every unit has one of the values that the certificate was given,
/// drawn by itself, and every look is decided by the test and the posterior, or the sequence, of the analysis.
/// </summary>
public static class ValueCertificateStudy
{
    private const double Alpha = 0.05;
    private const int KnownUnits = 5_000;

    /// <summary>The values come with each setting.</summary>
    private static readonly ExperimentDesign Usual = new(
        [1, 1],
        0,
        OutcomeModel.Normal(0, 1),
        true,
        4_000,
        0,
        new RuleDesign(RuleMethod.Posterior, 0.995, Alpha, 20_000, 7, 240, 28, 56_000, BoundaryKind.LanDeMetsOBrienFleming, true, Alpha),
        [],
        null,
        []);

    private static readonly (string Values, ExperimentDesign Design)[] Settings =
    [
        ("a tenth spends", Usual),
        ("long tail", Usual with
        {
            Weights = [2, 1, 1],
            UnitsPerDay = 3_000,
            Rule = Usual.Rule with
            {
                PosteriorThreshold = 0.998,
                MinimumSample = 1_000,
                MinimumDays = 3,
                CadenceMinutes = 60,
                HorizonDays = 14,
                HorizonUnitsPerVariant = 21_000,
            },
        }),
        ("a tenth spends", Usual with
        {
            UnitsPerDay = 2_000,
            Rule = Usual.Rule with
            {
                Method = RuleMethod.AlwaysValid, MinimumSample = 5_000, CadenceMinutes = 5, HorizonDays = 14, HorizonUnitsPerVariant = 14_000,
            },
        }),
    ];

    public static IReadOnlyList<Figure> Run(Effort effort)
    {
        var z = effort.Allowed(NormalDistribution.Quantile((1 - Math.Pow(0.99, 1.0 / Settings.Length)) / 2, Tail.Upper));
        return [.. Settings.SelectMany((setting, i) => Against(setting.Values, setting.Design, effort, 120 + (ulong)i, z))];
    }

    private static IEnumerable<Figure> Against(string kind, ExperimentDesign setting, Effort effort, ulong stream, double z)
    {
        var random = new Pcg(Seeds.Seed, stream, 0);
        double[] values =
        [
            .. Enumerable.Range(0, KnownUnits).Select(_ => kind == "long tail" ? Elementary.Exp(2 * random.Normal())
                : random.Uniform() < 0.1 ? Elementary.Exp(3 + (1.2 * random.Normal())) : 0),
        ];
        var design = setting with { Outcome = OutcomeModel.Resampled(values) };
        var looks = Looks(design);
        return CertifiedRate.Against(NameOf(kind, design), design, effort, stream, z, runs =>
            Runs.Count(runs, stream + 10, 1, (own, ends) => ends[0] = EndsFalsely(design, looks, values, own))[0]);
    }

    /// <summary>Units of each variant at every look, which come evenly and are split exactly, up to the cap.</summary>
    private static (double Days, long[] Units)[] Looks(ExperimentDesign design)
    {
        var rule = design.Rule;
        return
        [
            .. Enumerable.Range(1, (int)Math.Round(rule.HorizonDays * 1_440 / rule.CadenceMinutes))
                .Select(look => look * rule.CadenceMinutes / 1_440)
                .Select(days => (days, design.Weights
                    .Select(weight => (long)Math.Floor((days * design.UnitsPerDay * weight / design.Weights.Sum()) + 1e-9)).ToArray()))
                .TakeWhile(look => look.Item2.Max() <= rule.HorizonUnitsPerVariant),
        ];
    }

    private static bool EndsFalsely(ExperimentDesign design, (double Days, long[] Units)[] looks, double[] values, Pcg random)
    {
        var rule = design.Rule;
        var variants = design.Weights.Length;
        Span<long> units = stackalloc long[variants];
        Span<double> sums = stackalloc double[variants];
        Span<double> squares = stackalloc double[variants];
        Span<TreatmentStanding> standings = stackalloc TreatmentStanding[variants - 1];
        var everRejected = false;
        foreach (var (days, planned) in looks)
        {
            for (var v = 0; v < variants; v++)
            {
                for (; units[v] < planned[v]; units[v]++)
                {
                    var value = values[random.Below(values.Length)];
                    sums[v] += value;
                    squares[v] += value * value;
                }
            }

            if (units[0] < 2)
                continue;
            var mayDecide = planned.Min() >= rule.MinimumSample && days >= rule.MinimumDays;
            if (rule.Method == RuleMethod.AlwaysValid)
            {
                everRejected |= Rejects(Summary(units[0], sums[0], squares[0]), Summary(units[1], sums[1], squares[1]), rule.MinimumSample);
                if (everRejected && mayDecide)
                    return true;
                continue;
            }

            if (!mayDecide)
                continue;
            var control = Summary(units[0], sums[0], squares[0]);
            for (var v = 1; v < variants; v++)
                standings[v - 1] = Standing(control, Summary(units[v], sums[v], squares[v]), rule.PosteriorThreshold);
            if (Verdict.Of(standings).Kind is VerdictKind.Ship or VerdictKind.RollBack)
                return true;
        }

        return false;
    }

    private static TreatmentStanding Standing(SampleSummary control, SampleSummary treatment, double threshold)
    {
        if (!MeanDifferenceTest.Stratified([new EpochSamples(control, treatment)]).TryGet(out var test, out _)
            || !NormalPosterior.FromFlatPrior(test.Effect, test.StandardError).TryGet(out var belief, out _))
            return new TreatmentStanding(false, false, 0, true);
        return new TreatmentStanding(
            belief.ProbabilityAboveZero > threshold, belief.ProbabilityBelowZero > threshold, belief.Mean, true);
    }

    /// <summary>No evidence reaches 1/alpha unless z^2 is above 2 ln(1/alpha).</summary>
    private static bool Rejects(SampleSummary control, SampleSummary treatment, long optimalUnits)
    {
        var effect = treatment.Mean - control.Mean;
        var variance = control.VarianceOfMean + treatment.VarianceOfMean;
        if (!(effect * effect > -2 * Elementary.Log(Alpha) * variance) || variance == 0)
            return false;
        var units = AsymptoticConfidenceSequence.UnitsPerVariant(control.Units, treatment.Units);
        return AsymptoticConfidenceSequence.ForDifference(effect, Math.Sqrt(variance), units, optimalUnits, Alpha).Value.LogEValue
            > -Elementary.Log(Alpha);
    }

    private static SampleSummary Summary(long units, double sum, double squares)
    {
        var mean = sum / units;
        return new SampleSummary(units, mean, Math.Max(0, squares - (sum * mean)) / (units - 1));
    }

    private static string NameOf(string values, ExperimentDesign design)
    {
        var rule = design.Rule;
        var method = rule.Method == RuleMethod.AlwaysValid ? "always valid" : $"posterior {rule.PosteriorThreshold}";
        return $"{values}, {string.Join(':', design.Weights)}, {design.UnitsPerDay:N0}/day, every {rule.CadenceMinutes:N0} min, {method}, "
            + $"at least {rule.MinimumSample:N0} and {rule.MinimumDays} days, {rule.HorizonDays} days, {rule.HorizonUnitsPerVariant:N0} units";
    }
}
