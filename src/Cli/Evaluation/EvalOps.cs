using System.Collections.Frozen;

namespace Splitstream.Cli.Evaluation;

/// <summary>Reads its fields, asks the product, writes its result. Returns without writing once the input has a refusal.</summary>
internal delegate void EvalOp(EvalInput input, EvalResult result);

/// <summary>The operations by name.</summary>
internal static class EvalOps
{
    /// <summary>Every operation that this runner knows; names are case-sensitive.</summary>
    public static FrozenDictionary<string, EvalOp> All { get; } = new Dictionary<string, EvalOp>(StringComparer.Ordinal)
    {
        ["bucket"] = BucketingOps.Bucket,
        ["select"] = BucketingOps.Select,
        ["beta_update"] = PosteriorOps.BetaUpdate,
        ["prob_b_gt_a"] = PosteriorOps.ProbabilityBetter,
        ["expected_loss"] = PosteriorOps.Loss,
        ["beta_interval"] = PosteriorOps.Interval,
        ["beta_hdi"] = PosteriorOps.HighestDensity,
        ["normal_posterior"] = PosteriorOps.NormalUpdate,
        ["beta_cdf"] = DistributionOps.BetaCdf,
        ["beta_quantile"] = DistributionOps.BetaQuantile,
        ["normal_cdf"] = DistributionOps.NormalCdf,
        ["normal_ppf"] = DistributionOps.NormalQuantile,
        ["t_cdf"] = DistributionOps.StudentCdf,
        ["t_ppf"] = DistributionOps.StudentQuantile,
        ["chi2_cdf"] = DistributionOps.ChiSquareCdf,
        ["chi2_ppf"] = DistributionOps.ChiSquareQuantile,
        ["chi2_2x2"] = TestOps.ChiSquare,
        ["two_prop_z"] = TestOps.TwoProportions,
        ["t_test"] = TestOps.StudentTest,
        ["t_test_raw"] = TestOps.StudentTestOfValues,
        ["sprt_bernoulli"] = SequentialOps.ProbabilityRatio,
        ["msprt_normal"] = SequentialOps.MixtureRatio,
        ["asymptotic_cs"] = SequentialOps.AsymptoticSequence,
        ["normal_mixture_bound"] = SequentialOps.NormalMixture,
        ["beta_mixture_evalue"] = SequentialOps.BetaMixtureEvidence,
        ["betting_capital"] = SequentialOps.Capital,
        ["betting_cs"] = SequentialOps.BettingInterval,
        ["group_sequential"] = SequentialOps.Boundaries,
        ["srm_chi2"] = TestOps.SampleRatio,
        ["multinomial_srm_eprocess"] = TestOps.SequentialSampleRatio,
        ["cuped"] = AdjustmentOps.Cuped,
        ["cuped_two_arm"] = AdjustmentOps.CupedDifference,
        ["winsorise"] = AdjustmentOps.Winsorise,
        ["ratio_delta"] = AdjustmentOps.Ratio,
        ["ratio_delta_moments"] = AdjustmentOps.RatioFromSums,
        ["relative_lift_delta"] = AdjustmentOps.Lift,
        ["size_two_prop"] = PlanningOps.SizeOfProportions,
        ["size_means"] = PlanningOps.SizeOfMeans,
        ["power_two_prop"] = PlanningOps.PowerOfProportions,
        ["mde_two_prop"] = PlanningOps.DetectableLift,
        ["adjust_p"] = TestOps.AdjustP,
        ["diff_in_diff"] = AdjustmentOps.DifferencesInDifferences,
        ["cluster_robust_mean_diff"] = AdjustmentOps.ClusteredDifference,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
