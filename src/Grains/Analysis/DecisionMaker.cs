using System.Collections.Immutable;
using System.Text.Json;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Decisions;
using Splitstream.Stats.Multiplicity;

namespace Splitstream.Grains.Analysis;

/// <summary>
/// The decision rule. Pure. Refusals come first, in a fixed order; then the method. Only matured units decide. What waits is
/// <c>keep_running</c>; what waiting cannot mend is <c>inconclusive</c>.
/// </summary>
internal sealed class DecisionMaker
{
    private const string KeepRunning = "keep_running";
    private const string Ship = "ship";
    private const string RollBack = "roll_back";
    private const string Drop = "drop";
    private const string Inconclusive = "inconclusive";
    private const string Rule = "rule";
    private const string Person = "person";

    private readonly ResultsInput _input;
    private readonly DecisionEvidence _evidence;
    private readonly AnalysedExperiment _experiment;
    private GroupSequentialResult? _test;
    private double[]? _boundaries;
    private bool _couldDecide;

    private DecisionMaker(ResultsInput input, DecisionEvidence evidence)
    {
        _input = input;
        _evidence = evidence;
        _experiment = input.Experiment;
    }

    private LookContext Look => _input.Look;

    private string Control => _experiment.Variants[_experiment.ControlIndex()].Key;

    /// <returns>The decision, and the units seen by looks that could have decided, this one included.</returns>
    public static (DecisionResult Decision, ImmutableArray<double>? Seen) Decide(ResultsInput input, DecisionEvidence evidence)
    {
        var maker = new DecisionMaker(input, evidence);
        var decision = maker.Run();

        // Confidence sequences run from the first look on, whether or not it may decide.
        var counts = input.Look.Kind == LookKind.Look
            && (maker._couldDecide || (input.Experiment.Rule.Method == DecisionMethod.AlwaysValid && input.Look.History.Decided is null));
        return (decision, counts ? StoppingAdjustment.Seen(input.Look.History.Seen, maker.Units()) : input.Look.History.Seen);
    }

    /// <summary>True for decisions that stand: later looks of the protocol version repeat them.</summary>
    public static bool IsFinal(DecisionResult decision) =>
        decision is { DecidedBy: Rule, DecidedAtLook: not null, Status: Ship or RollBack };

    private DecisionResult Run()
    {
        var verdict = Evaluate();
        if (_experiment.StoppedAt is not null && (!_experiment.IsExternal || _experiment.Winner is not null))
        {
            return AfterStop(verdict);
        }

        var acts = verdict.Status is Ship or RollBack or Drop;
        if (acts && Look.Kind is LookKind.Advisory or LookKind.Final && verdict.DecidedAtLook is null)
        {
            return Result(
                new Verdict(KeepRunning, null, "advisory", null, null),
                Rule,
                new WouldDecide(verdict.Status, verdict.Variant, verdict.Reason));
        }

        return Result(acts ? verdict with { DecidedAtLook = verdict.DecidedAtLook ?? Look.LookNumber } : verdict, Rule, null);
    }

    /// <summary>A stop agrees with the rule, or is a person's decision outside of the certificate.</summary>
    private DecisionResult AfterStop(Verdict verdict)
    {
        var standing = verdict.DecidedAtLook is not null || _experiment.IsExternal;
        var agrees = standing && verdict.Status switch
        {
            Ship => _experiment.Winner is null || _experiment.Winner == verdict.Variant,
            RollBack => _experiment.Winner is null || _experiment.Winner == Control,
            _ => false,
        };
        if (agrees)
        {
            return Result(verdict with { DecidedAtLook = verdict.DecidedAtLook ?? Look.LookNumber }, Rule, null);
        }

        var decision = _experiment.Winner switch
        {
            null => new Verdict(Inconclusive, null, "stopped", null, null),
            { } winner when winner == Control => new Verdict(RollBack, winner, "stopped", null, null),
            { } winner => new Verdict(Ship, winner, "stopped", null, null),
        };
        return Result(decision, Person, new WouldDecide(verdict.Status, verdict.Variant, verdict.Reason));
    }

    private Verdict Evaluate()
    {
        if (_evidence.Primary is not { } primary || _evidence.Matured is not { } matured)
        {
            return Never("no_primary_metric");
        }

        if (_evidence.SrmAlarm)
        {
            return Never("srm");
        }

        if (_evidence.ExclusionAlarm)
        {
            return Never("exclusions");
        }

        // A retention metric has its window in itself.
        if (primary.WindowHours is null && primary.Type != MetricType.Retention && !_experiment.IsExternal)
        {
            return Never("outcome_delay");
        }

        if (Look.History.Decided is { } earlier)
        {
            return new Verdict(
                earlier.Status, earlier.Variant, earlier.Reason, earlier.ExpectedLoss, earlier.LookNumber, earlier.Adjusted);
        }

        if (_evidence.Guardrails.Any(guardrail => guardrail.Harm == true))
        {
            return Never("guardrail_harm");
        }

        if (_evidence.Horizon.Passed)
        {
            return Never("horizon");
        }

        if (_experiment.Variants.Where((variant, v) => variant.Weight > 0 && matured.Variants[v].Units < _experiment.Rule.MinSample).Any())
        {
            return Wait("min_sample");
        }

        if (!_evidence.Horizon.MinDaysReached)
        {
            return Wait("min_days");
        }

        _couldDecide = true;
        return ByMethod(matured, primary.Direction == MetricDirection.Increase ? 1 : -1);
    }

    private Verdict ByMethod(MaturedResult matured, int sign)
    {
        var rule = _experiment.Rule;
        var treatments = matured.Comparisons.Where(comparison => Weight(comparison.Variant) > 0 || comparison.EpochsUsed > 0).ToList();
        switch (rule.Method)
        {
            case DecisionMethod.Posterior:
                return Act(
                    matured,
                    treatments,
                    sign,
                    comparison => comparison.ProbabilityBetter > rule.PosteriorThreshold,
                    comparison => comparison.ProbabilityWorse > rule.PosteriorThreshold,
                    "posterior_threshold",
                    () => Wait("undecided"));
            case DecisionMethod.AlwaysValid:
                var adjusted = Corrected(treatments);
                return Act(
                    matured,
                    treatments,
                    sign,
                    comparison => adjusted[comparison.Variant] < rule.Alpha && sign * comparison.Effect > 0,
                    comparison => adjusted[comparison.Variant] < rule.Alpha && sign * comparison.Effect < 0,
                    "confidence_sequence",
                    () => Wait("undecided"));
            case DecisionMethod.FixedHorizon when !_evidence.Horizon.Reached:
                return Wait("horizon_not_reached");
            case DecisionMethod.FixedHorizon:
                return Act(
                    matured,
                    treatments,
                    sign,
                    comparison => comparison.PValueAdjusted < rule.Alpha && sign * comparison.Effect > 0,
                    comparison => comparison.PValueAdjusted < rule.Alpha && sign * comparison.Effect < 0,
                    "significant",
                    () => Never("not_significant"));
            case DecisionMethod.GroupSequential:
                return ByGroupSequential(matured, treatments, sign);
            default:
                throw new InvalidOperationException($"Unknown decision method {rule.Method}.");
        }
    }

    private Verdict ByGroupSequential(MaturedResult matured, List<ComparisonResult> treatments, int sign)
    {
        var plan = GroupSequentialPlan.Of(_input, matured, _evidence.Horizon);
        if (!plan.Tests)
        {
            return Wait("too_little_information");
        }

        var holm = _experiment.Rule.Correction == PrimaryCorrection.Holm;
        _test = plan.Describe(holm ? treatments.Count : 1);
        _boundaries = plan.EarlierBoundaries(holm ? treatments.Count : 1);

        // A comparison without a p-value cannot be rejected; it stays in the family.
        var rejected = plan.Rejected([.. treatments.Select(comparison => comparison.PValue ?? 1)]);
        var significant = treatments.Where((_, i) => rejected[i]).Select(comparison => comparison.Variant).ToHashSet();
        return Act(
            matured,
            treatments,
            sign,
            comparison => significant.Contains(comparison.Variant) && sign * comparison.Effect > 0,
            comparison => significant.Contains(comparison.Variant) && sign * comparison.Effect < 0,
            "boundary_crossed",
            () => _evidence.Horizon.Reached ? Never("not_significant") : Wait("undecided"));
    }

    /// <summary>Ships the best of the winners, else rolls back when all lose, else drops the worst loser of several.</summary>
    private Verdict Act(
        MaturedResult matured,
        List<ComparisonResult> treatments,
        int sign,
        Func<ComparisonResult, bool> wins,
        Func<ComparisonResult, bool> loses,
        string reason,
        Func<Verdict> otherwise)
    {
        var standings = treatments.Select(comparison => new TreatmentStanding(
            wins(comparison), loses(comparison), sign * Estimate(comparison), Blocked(comparison.Variant) is null)).ToArray();
        var step = Splitstream.Stats.Decisions.Verdict.Of(standings);
        var chosen = step.Treatment < 0 ? null : treatments[step.Treatment].Variant;
        return step.Kind switch
        {
            VerdictKind.Ship => new Verdict(
                Ship, chosen, reason, matured.Variants.First(variant => variant.Variant == chosen).ExpectedLossAgainstBest, null),
            VerdictKind.Blocked => Wait(Blocked(chosen!)!),
            VerdictKind.RollBack => new Verdict(RollBack, Control, reason, null, null),
            VerdictKind.Drop => new Verdict(Drop, chosen, reason, null, null),
            _ => otherwise(),
        };
    }

    private static double Estimate(ComparisonResult comparison) => comparison.PosteriorMean ?? comparison.Effect ?? 0;

    private string? Blocked(string variant)
    {
        var own = _evidence.Guardrails.Where(guardrail => guardrail.Variant == variant).ToList();
        return own.Any(guardrail => guardrail.MarginMissing) ? GuardrailTests.MarginMissing
            : own.Any(guardrail => guardrail.NonInferior != true) ? "guardrail_not_proven"
            : null;
    }

    private Dictionary<string, double> Corrected(List<ComparisonResult> treatments)
    {
        // A comparison without evidence cannot win; it stays in the family with a p-value of one.
        var p = treatments.Select(comparison => comparison.AlwaysValidPValue ?? 1).ToArray();
        var corrected = _experiment.Rule.Correction == PrimaryCorrection.Holm ? PValueAdjustment.Adjust(AdjustmentMethod.Holm, p) : p;
        return treatments.Select((comparison, i) => (comparison.Variant, corrected[i])).ToDictionary(pair => pair.Variant, pair => pair.Item2);
    }

    private double Weight(string variant) => _experiment.Variants.First(known => known.Key == variant).Weight;

    /// <summary>More data may change it; unless there will be none.</summary>
    private Verdict Wait(string reason) =>
        new(_experiment.IsExternal || _experiment.StoppedAt is not null ? Inconclusive : KeepRunning, null, reason, null, null);

    private static Verdict Never(string reason) => new(Inconclusive, null, reason, null, null);

    private DecisionResult Result(Verdict verdict, string decidedBy, WouldDecide? wouldDecide)
    {
        var rule = _experiment.Rule;
        return new DecisionResult(
            verdict.Status,
            verdict.Variant,
            verdict.Reason,
            decidedBy,
            verdict.DecidedAtLook,
            verdict.ExpectedLoss,
            wouldDecide,
            _test,
            new RuleResult(
                Snake(rule.Method),
                rule.PosteriorThreshold,
                rule.Alpha,
                rule.MinSample,
                rule.MinDays,
                rule.CadenceMinutes,
                new HorizonResult(rule.HorizonDays, rule.HorizonUnitsPerVariant),
                Snake(rule.Spending),
                Snake(rule.Correction),
                rule.GuardrailAlpha,
                rule.Prior is { } prior ? new PriorResult(prior.Mean, prior.StandardDeviation) : null),
            _input.Certificate?.At(_input, _evidence.Matured)
                ?? CertificateResult.Without("unavailable", "not_computed", Look.EngineVersion),
            verdict.Adjusted ?? (verdict is { Status: Ship or RollBack, DecidedAtLook: not null } && decidedBy == Rule ? Adjusted() : null));
    }

    /// <summary>Every treatment's effect, now that this look decides.</summary>
    private ImmutableArray<AdjustedEffect>? Adjusted()
    {
        var units = (double)Units();
        ImmutableArray<AdjustedEffect> effects =
            [.. _evidence.Matured!.Comparisons.Select(comparison => StoppingAdjustment.Of(_input, comparison, units, _boundaries)).OfType<AdjustedEffect>()];
        return effects.IsEmpty ? null : effects;
    }

    /// <summary>Mature units of all variants.</summary>
    private long Units() => _evidence.Matured?.Variants.Sum(variant => variant.Units) ?? 0;

    private static string Snake<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <param name="Adjusted">Of an earlier decision that stands.</param>
    private sealed record Verdict(
        string Status,
        string? Variant,
        string Reason,
        double? ExpectedLoss,
        int? DecidedAtLook,
        ImmutableArray<AdjustedEffect>? Adjusted = null);
}

/// <summary>What a decision is made from.</summary>
/// <param name="Primary">Null when the experiment names none.</param>
/// <param name="Matured">The primary metric over matured units.</param>
internal sealed record DecisionEvidence(
    MetricDefinition? Primary,
    MaturedResult? Matured,
    bool SrmAlarm,
    bool ExclusionAlarm,
    ImmutableArray<GuardrailResult> Guardrails,
    Horizon Horizon);
