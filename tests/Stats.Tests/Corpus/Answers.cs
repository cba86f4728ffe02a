using System.Text.Json;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Multiplicity;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Power;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;
using Splitstream.Stats.Srm;

namespace Splitstream.Stats.Tests.Corpus;

/// <summary>Calls the engine for a row and names the figures as `spec/eval.md` does; holds no formula.</summary>
public static class Answers
{
    private static readonly Dictionary<string, Func<JsonElement, object?>> Ops = new()
    {
        ["beta_update"] = i =>
        {
            var p = new BetaPosterior(N(i, "alpha"), N(i, "beta")).Update(new ConversionCounts(C(i, "trials"), C(i, "successes")));
            return new { alpha = p.Alpha, beta = p.Beta, mean = p.Mean, variance = p.Variance, mode = p.Mode };
        },
        ["prob_b_gt_a"] = i =>
        {
            var p = BetaComparison.ProbabilityBetter(A(i), B(i));
            return new { p_b_gt_a = p.BGreater, p_a_gt_b = p.AGreater };
        },
        ["expected_loss"] = i =>
        {
            var loss = BetaComparison.ExpectedLoss(A(i), B(i));
            return new { loss_choose_b = loss.ChooseB, loss_choose_a = loss.ChooseA };
        },
        ["beta_difference_interval"] = i => Ends(BetaComparison.DifferenceInterval(A(i), B(i), N(i, "level"))),
        ["beta_best_of"] = i => Best(BestOf.Compute(
            i.GetProperty("variants").EnumerateArray().Select(v => new BetaPosterior(v[0].GetDouble(), v[1].GetDouble())).ToArray())),
        ["normal_best_of"] = i => Best(BestOf.Compute(
            i.GetProperty("variants").EnumerateArray().Select(v => new NormalPosterior(v[0].GetDouble(), v[1].GetDouble())).ToArray())),
        ["beta_interval"] = i => Ends(new BetaPosterior(N(i, "alpha"), N(i, "beta")).EqualTailedInterval(N(i, "level"))),
        ["beta_hdi"] = i => Ends(new BetaPosterior(N(i, "alpha"), N(i, "beta")).HighestDensityInterval(N(i, "level")).Value),
        ["normal_posterior"] = i =>
        {
            var p = NormalPosterior.FromPrior(N(i, "prior_mean"), N(i, "prior_variance"), N(i, "estimate"), N(i, "se")).Value;
            return new
            {
                mean = p.Mean, sd = p.StandardDeviation, p_gt_0 = p.ProbabilityAboveZero, ci95 = Ends(p.Interval(0.95)),
                risk_ship = p.RiskOfShipping,
            };
        },
        ["beta_cdf"] = i => BetaDistribution.Cdf(N(i, "alpha"), N(i, "beta"), N(i, "x"), T(i)),
        ["beta_quantile"] = i => BetaDistribution.Quantile(N(i, "alpha"), N(i, "beta"), N(i, "p"), T(i)),
        ["normal_cdf"] = i => NormalDistribution.Cdf(N(i, "x"), T(i)),
        ["normal_ppf"] = i => NormalDistribution.Quantile(N(i, "p"), T(i)),
        ["t_cdf"] = i => StudentDistribution.Cdf(N(i, "t"), N(i, "df"), T(i)),
        ["t_ppf"] = i => StudentDistribution.Quantile(N(i, "p"), N(i, "df"), T(i)),
        ["chi2_cdf"] = i => ChiSquareDistribution.Cdf(N(i, "x"), N(i, "df"), T(i)),
        ["chi2_ppf"] = i => ChiSquareDistribution.Quantile(N(i, "p"), N(i, "df"), T(i)),
        ["chi2_2x2"] = i =>
        {
            var t = i.GetProperty("table");
            var r = ChiSquareTest.TwoByTwo(
                t[0][0].GetInt64(), t[0][1].GetInt64(), t[1][0].GetInt64(), t[1][1].GetInt64(), i.GetProperty("yates").GetBoolean()).Value;
            return new { statistic = r.Statistic, p = r.P };
        },
        ["two_prop_z"] = i =>
        {
            var (c, t) = (new ConversionCounts(C(i, "n1"), C(i, "x1")), new ConversionCounts(C(i, "n2"), C(i, "x2")));
            var r = TwoProportionTest.Compute(c, t).Value;
            return new
            {
                z = r.Z, p = r.P, ci95 = Ends(r.Interval), wilson95_1 = Ends(WilsonInterval.Compute(c, 0.95).Value),
                wilson95_2 = Ends(WilsonInterval.Compute(t, 0.95).Value),
            };
        },
        ["t_test"] = i =>
        {
            var c = new SampleSummary(C(i, "n1"), N(i, "mean1"), N(i, "sd1") * N(i, "sd1"));
            var t = new SampleSummary(C(i, "n2"), N(i, "mean2"), N(i, "sd2") * N(i, "sd2"));
            var pooled = i.GetProperty("equal_var").GetBoolean();
            var r = (pooled ? MeanDifferenceTest.Pooled(c, t, N(i, "level")) : MeanDifferenceTest.Welch(c, t, N(i, "level"))).Value;
            return new
            {
                diff = r.Effect, se = r.StandardError, t = r.T, df = r.DegreesOfFreedom, p = r.P, ci = Ends(r.Interval), cohens_d = r.CohensD,
            };
        },
        ["srm_chi2"] = i =>
        {
            var r = SampleRatioTest.Compute(Counts(i, "observed"), Numbers(i, "weights")).Value;
            return new { statistic = r.Statistic, df = r.DegreesOfFreedom, p = r.P, log10_p = r.Log10P };
        },
        ["multinomial_srm_eprocess"] = i =>
        {
            var weights = Numbers(i, "weights");
            var cumulative = new long[weights.Length];
            var state = SequentialSampleRatio.Start;
            var logs = new List<double>();
            var ps = new List<double>();
            foreach (var batch in i.GetProperty("increments").EnumerateArray())
            {
                for (var v = 0; v < cumulative.Length; v++)
                    cumulative[v] += batch[v].GetInt64();
                logs.Add(MultinomialEProcess.LogBayesFactor(cumulative, weights, N(i, "concentration")).Value);
                state = state.Look(logs[^1]);
                ps.Add(state.P);
            }

            return new { log_bf = logs, p = ps };
        },
        ["msprt_normal"] = i =>
        {
            var p = AlwaysValidP.Start;
            var ps = Counts(i, "n").Zip(Numbers(i, "diff")).Select(look =>
            {
                p = p.Look(MixtureSequentialTest.LogLikelihoodRatio(look.Second, look.First, N(i, "sigma2"), N(i, "tau2")));
                return p.P;
            });
            return new { p = ps.ToArray() };
        },
        ["asymptotic_cs"] = i =>
        {
            var r = AsymptoticConfidenceSequence.Compute(N(i, "estimate"), N(i, "s2"), C(i, "n"), C(i, "n_opt"), N(i, "alpha")).Value;
            return new { rho = r.Rho, half_width = r.HalfWidth, e_value = Elementary.Exp(r.LogEValue) };
        },
        ["normal_mixture_bound"] = i => NormalMixtureBound.Compute(N(i, "v"), N(i, "v_opt"), N(i, "alpha"), N(i, "alpha_opt")),
        ["beta_mixture_evalue"] = i =>
        {
            var counts = new ConversionCounts(C(i, "trials"), C(i, "successes"));
            var mixture = new BetaPosterior(N(i, "a"), N(i, "b"));
            var interval = BetaMixture.Interval(counts, mixture, N(i, "alpha")).Value;
            return new { log_e = BetaMixture.LogEValue(counts, mixture, N(i, "p0")), cs = new[] { interval.Lower, interval.Upper } };
        },
        ["relative_lift_delta"] = i =>
        {
            var r = RelativeLift.Compute(N(i, "mean1"), N(i, "var1"), N(i, "mean2"), N(i, "var2"), 0.95).Value;
            return new { lift = r.Lift, se = r.StandardError };
        },
        ["adjust_p"] = i => PValueAdjustment.Adjust(
            i.GetProperty("method").GetString() switch
            {
                "bonferroni" => AdjustmentMethod.Bonferroni,
                "holm" => AdjustmentMethod.Holm,
                "bh" => AdjustmentMethod.BenjaminiHochberg,
                _ => AdjustmentMethod.BenjaminiYekutieli,
            },
            Numbers(i, "p")),
        ["size_two_prop"] = i => Size(
            SampleSize.ForProportions(N(i, "p1"), N(i, "p2"), N(i, "alpha"), N(i, "power"), (int)C(i, "sides")).Value),
        ["size_means"] = i => Size(SampleSize.ForMeans(N(i, "delta"), N(i, "sd"), N(i, "alpha"), N(i, "power"), (int)C(i, "sides")).Value),
        ["power_two_prop"] = i => SampleSize.PowerOfProportions(N(i, "p1"), N(i, "p2"), C(i, "n"), N(i, "alpha")),
        ["mde_two_prop"] = i => SampleSize.DetectableLift(N(i, "p1"), C(i, "n"), N(i, "alpha"), N(i, "power")).Value,
        ["group_sequential"] = i => new
        {
            z = GroupSequential.Boundaries(
                i.GetProperty("kind").GetString() switch
                {
                    "pocock" => BoundaryKind.Pocock,
                    "obf" => BoundaryKind.OBrienFleming,
                    "ld_obf" => BoundaryKind.LanDeMetsOBrienFleming,
                    _ => BoundaryKind.LanDeMetsPocock,
                },
                N(i, "alpha"),
                Numbers(i, "t")).Value,
        },
        ["mean_and_variance"] = i =>
        {
            var s = SampleSummary.FromSums(C(i, "n"), i.GetProperty("sum").GetString()!, i.GetProperty("sum_squares").GetString()!).Value;
            return new { mean = s.Mean, variance = s.Variance };
        },
    };

    public static bool Covers(string op) => Ops.ContainsKey(op);

    public static object? To(CorpusRow row) => Ops[row.Op](row.Input);

    private static object Best(IReadOnlyList<BestOfResult> results) => new
    {
        p_best = results.Select(r => r.ProbabilityBest).ToArray(), loss = results.Select(r => r.ExpectedLoss).ToArray(),
    };

    private static object Size(double n) => new { n = (long)Math.Ceiling(n), n_raw = n };

    private static BetaPosterior A(JsonElement i) => new(N(i, "alphaA"), N(i, "betaA"));

    private static BetaPosterior B(JsonElement i) => new(N(i, "alphaB"), N(i, "betaB"));

    private static double N(JsonElement i, string name) => i.GetProperty(name).GetDouble();

    private static long C(JsonElement i, string name) => (long)i.GetProperty(name).GetDouble();

    private static Tail T(JsonElement i) => i.GetProperty("tail").GetString() == "lower" ? Tail.Lower : Tail.Upper;

    private static long[] Counts(JsonElement i, string name) =>
        i.GetProperty(name).EnumerateArray().Select(v => (long)v.GetDouble()).ToArray();

    private static double[] Numbers(JsonElement i, string name) => i.GetProperty(name).EnumerateArray().Select(v => v.GetDouble()).ToArray();

    private static double[] Ends(CredibleInterval i) => [i.Lower, i.Upper];

    private static double[] Ends(ConfidenceInterval i) => [i.Lower, i.Upper];
}
