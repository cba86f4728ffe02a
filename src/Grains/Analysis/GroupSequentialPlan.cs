using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Stats;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// What one look of a group sequential rule spends. Pure. Information is counted in matured units of the variants with positive weight
/// over the planned maximum: what there is when the largest of them has as many as the horizon takes. Only looks that really tested are
/// behind it: missed, advisory and refused ones spent nothing.
/// </summary>
/// <remarks>
/// Lan and DeMets 1983 with the realised fractions. The look at the horizon has time 1 and spends the rest, however little information
/// it came with; the correlation with earlier looks stays that of the information they had.
/// </remarks>
internal sealed class GroupSequentialPlan
{
    private readonly DecisionRule _rule;
    private readonly ImmutableArray<double> _earlier;

    private GroupSequentialPlan(DecisionRule rule, ImmutableArray<double> earlier, double information, bool atHorizon)
    {
        _rule = rule;
        _earlier = earlier;
        Information = information;
        SpendingTime = atHorizon ? 1 : information;
        Tests = SpendingSchedule.Tests(earlier.IsEmpty ? 0 : earlier[^1], information, atHorizon);
    }

    /// <summary>Matured units over the planned maximum; above 1 only at the horizon.</summary>
    public double Information { get; }

    /// <summary>What alpha is spent by, in (0, 1]; 1 at the horizon.</summary>
    public double SpendingTime { get; }

    /// <summary>False when too few units came since the last test; then this look spends nothing.</summary>
    public bool Tests { get; }

    private BoundaryKind Kind =>
        _rule.Spending == AlphaSpending.Pocock ? BoundaryKind.LanDeMetsPocock : BoundaryKind.LanDeMetsOBrienFleming;

    public static GroupSequentialPlan Of(ResultsInput input, MaturedResult matured, Horizon horizon)
    {
        var experiment = input.Experiment;
        var active = Enumerable.Range(0, experiment.Variants.Length).Where(v => experiment.Variants[v].Weight > 0).ToArray();
        return new GroupSequentialPlan(
            experiment.Rule, input.Look.History.Tested, active.Sum(v => matured.Variants[v].Units) / PlannedUnits(experiment), horizon.Reached);
    }

    /// <summary>Mature units of all variants when the largest is at the horizon.</summary>
    public static double PlannedUnits(AnalysedExperiment experiment) =>
        SpendingSchedule.PlannedUnits(experiment.Rule.HorizonUnitsPerVariant, [.. experiment.Variants.Select(variant => variant.Weight)]);

    /// <summary>Largest two-sided p-value that rejects at this look, for a hypothesis that has the given share of alpha.</summary>
    /// <returns>Inconclusive when the look has no alpha that a double can hold; nothing is rejected then.</returns>
    public Computed<double> NominalAlpha(double alpha)
    {
        if (!SpendingSchedule.NominalLevels(Kind, alpha, [.. _earlier, Information], SpendingTime == 1).TryGet(out var levels, out var why))
        {
            return why;
        }

        return levels[^1] > 0 ? levels[^1] : new Inconclusive(Inconclusive.Overflow, "The look has no alpha to spend.");
    }

    /// <summary>|Z| at which each earlier test would have stopped; null when it cannot be told.</summary>
    /// <param name="hypotheses">As for <see cref="Describe"/>.</param>
    public double[]? EarlierBoundaries(int hypotheses) =>
        SpendingSchedule.NominalLevels(Kind, _rule.Alpha / Math.Max(1, hypotheses), [.. _earlier, Information], SpendingTime == 1)
            .TryGet(out var levels, out _)
            ? [.. levels[..^1].Select(level => NormalDistribution.Quantile(Math.Max(level, 1e-300) / 2, Tail.Upper))]
            : null;

    /// <summary>What the result shows of this look; null where it did not test.</summary>
    /// <param name="hypotheses">Treatments that share alpha; 1 without a correction.</param>
    public GroupSequentialResult? Describe(int hypotheses)
    {
        if (!Tests)
        {
            return null;
        }

        var nominal = NominalAlpha(_rule.Alpha / Math.Max(1, hypotheses));
        return new GroupSequentialResult(
            _earlier.Length + 1,
            Information,
            SpendingTime,
            GroupSequential.AlphaSpent(Kind, _rule.Alpha, SpendingTime),
            nominal.IsConclusive ? nominal.Value : null,
            nominal.IsConclusive && nominal.Value > 0 ? NormalDistribution.Quantile(nominal.Value / 2, Tail.Upper) : null);
    }

    /// <summary>
    /// Which p-values are rejected. With Holm's correction the smallest has alpha over all of them, the next over one fewer, each tested
    /// against the boundary that its share would have had from the first look on; the first that is not rejected ends it.
    /// </summary>
    /// <remarks>Ye, Li, Liu and Yao 2013 (Statistics in Medicine 32): the group sequential Holm procedure.</remarks>
    public bool[] Rejected(IReadOnlyList<double> p)
    {
        var rejected = new bool[p.Count];
        if (!Tests)
        {
            return rejected;
        }

        var order = Enumerable.Range(0, p.Count).OrderBy(i => p[i]).ToArray();
        for (var step = 0; step < order.Length; step++)
        {
            var share = _rule.Correction == PrimaryCorrection.Holm ? _rule.Alpha / (order.Length - step) : _rule.Alpha;
            if (!NominalAlpha(share).TryGet(out var nominal, out _) || !(p[order[step]] <= nominal))
            {
                break;
            }

            rejected[order[step]] = true;
        }

        return rejected;
    }
}
