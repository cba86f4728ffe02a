using Splitstream.Stats.Decisions;

namespace Splitstream.Stats.Calibration;

/// <summary>Simulates experiments of one design under one truth, one after another. Not shared between threads.</summary>
internal sealed class RunSimulator
{
    private readonly ExperimentDesign _design;
    private readonly LookPlan _plan;
    private readonly Evidence _evidence;
    private readonly OutcomeSampler _sampler;
    private readonly MethodTest _test;
    private readonly GuardrailWatch[] _guardrails;
    private readonly Sums _sums;
    private readonly TreatmentStanding[] _standings;
    private readonly bool _searches;

    /// <param name="truth">What the treatments really do.</param>
    /// <param name="searches">Whether runs go on after the decision, to find how high a threshold would have had to be.</param>
    /// <param name="watch">Put around the samplers of the primary metric and of each guardrail, in this order; null for none.</param>
    public RunSimulator(
        ExperimentDesign design, LookPlan plan, Truth truth, bool searches, Func<OutcomeSampler, OutcomeSampler>? watch = null)
    {
        _design = design;
        _plan = plan;
        _searches = searches && design.Rule.Method == RuleMethod.Posterior;
        _evidence = new Evidence(plan, design.Outcome.IsConversion, design.Control, design.HigherIsBetter, design.Outcome.Origin);
        watch ??= sampler => sampler;
        _sampler = watch(OutcomeSampler.Create(design.Outcome, plan, truth.Effects));
        _test = MethodTest.Create(design, plan, _evidence);
        _guardrails = [.. design.Guardrails.Select((guardrail, i) => new GuardrailWatch(
            design, guardrail, plan, watch(OutcomeSampler.Create(guardrail.Outcome, plan, truth.GuardrailEffects[i]))))];
        _sums = new Sums(plan.Variants);
        _standings = new TreatmentStanding[design.Treatments];
    }

    private RunSimulator(RunSimulator shared)
    {
        (_design, _plan, _searches, _evidence, _sampler) = (shared._design, shared._plan, shared._searches, shared._evidence, shared._sampler.Fork());
        _test = shared._test.Fork();
        _guardrails = [.. shared._guardrails.Select(guardrail => guardrail.Fork())];
        _sums = new Sums(_plan.Variants);
        _standings = new TreatmentStanding[shared._standings.Length];
    }

    /// <summary>The same simulation for another thread.</summary>
    public RunSimulator Fork() => new(this);

    public RunResult Run(ref RunRandom random)
    {
        _sums.Clear();
        _test.Begin();
        foreach (var guardrail in _guardrails)
            guardrail.Begin();
        var result = new RunResult(VerdictKind.Undecided, -1, -1, 0, false, double.NegativeInfinity);
        for (var look = 0; look < _plan.Looks.Length; look++)
        {
            _sampler.Advance(look, _sums, ref random);
            foreach (var guardrail in _guardrails)
            {
                if (guardrail.Advance(look, ref random))
                    result = result with { Paused = true };
            }

            if (result.Paused)
                return result;
            _test.Watch(look, _sums);
            if (!_plan.Looks[look].MayDecide || !_test.Judge(look, _sums, _standings))
                continue;
            AskGuardrails(look);
            if (!result.Decided)
                result = Decide(result, look);
            if (!_searches)
            {
                if (result.Decided)
                    return result;
            }
            else
            {
                result = result with { Strongest = Math.Max(result.Strongest, Strength(_test.Deviates)) };
            }
        }

        return result;
    }

    private RunResult Decide(RunResult result, int look)
    {
        var verdict = Verdict.Of(_standings);
        if (verdict.Kind == VerdictKind.RollBack)
            return result with { Kind = verdict.Kind, Look = look };
        if (verdict.Kind != VerdictKind.Ship)
            return result;
        var variant = Variant(verdict.Treatment);
        var effect = _evidence.Sign * (_evidence.Mean(look, variant, _sums) - _evidence.Mean(look, _design.Control, _sums));
        return result with { Kind = verdict.Kind, Variant = variant, Look = look, Effect = effect };
    }

    private void AskGuardrails(int look)
    {
        if (_guardrails.Length == 0)
            return;
        for (var treatment = 0; treatment < _standings.Length; treatment++)
        {
            if (_standings[treatment].Wins || _searches)
            {
                var variant = Variant(treatment);
                _standings[treatment] = _standings[treatment] with
                {
                    MayShip = _guardrails.All(guardrail => guardrail.IsNonInferior(look, variant)),
                };
            }
        }
    }

    /// <summary>The highest threshold, as a deviate, at which this look would have shipped or rolled back.</summary>
    private double Strength(ReadOnlySpan<double> deviates)
    {
        double ship = double.NegativeInfinity, rollBack = double.PositiveInfinity;
        for (var treatment = 0; treatment < deviates.Length; treatment++)
        {
            if (_standings[treatment].MayShip)
                ship = Math.Max(ship, deviates[treatment]);
            rollBack = Math.Min(rollBack, -deviates[treatment]);
        }

        return Math.Max(ship, rollBack);
    }

    private int Variant(int treatment) => treatment + (treatment >= _design.Control ? 1 : 0);
}
