using System.Collections.Immutable;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Decisions;

namespace Splitstream.Stats.Power;

/// <summary>Methods whose power only simulation tells: always-valid sequences and posteriors.</summary>
/// <remarks>
/// Neither method knows where the experiment will end, so that one set of runs tells the power at every size: the needed one is a quantile
/// of when the treatment is shipped. The detectable effect is found by halving, over common random numbers.
/// </remarks>
internal sealed class SimulatedPlan(
    ExperimentDesign design, double power, CalculatedPlan formula, CertificateOptions options, CancellationToken cancellation)
{
    /// <summary>Experiments of more looks are simulated with looks further apart: so many are as good as a look after every unit.</summary>
    private const int MaximumLooks = 1_000;

    /// <summary>Of control; beyond it no sum would be exact.</summary>
    private const double MaximumUnits = 1e9;

    /// <summary>Sizes up to 2 to this power times the fixed horizon's are tried.</summary>
    private const int Doublings = 6;

    private const int Halvings = 10;
    private const ulong BetterStream = 4_000;
    private const ulong EqualStream = 5_000;

    private readonly int _treatment = PowerPlan.Treatment(design);
    private readonly double _controlPerDay = design.UnitsPerDay * design.Weights[design.Control] / design.Weights.Sum();

    public Computed<MethodSize> Size(RuleMethod method, double effect)
    {
        if (!formula.FixedUnits(effect).TryGet(out var once, out var why))
            return why;
        var least = design.Rule.MinimumSample * design.Weights[design.Control] / design.Weights.Min();
        var most = 2 * Math.Max(once, least);
        for (var doubling = 0; doubling <= Doublings && most <= MaximumUnits; doubling++, most *= 2)
        {
            var days = (most / _controlPerDay) + (design.DelayHours / 24);
            var trial = Until(method, Math.Max(days, design.Rule.MinimumDays + 1));
            var plan = Certifier.PlanOf(trial);
            var results = Simulate(trial, plan, Truth.Of(trial, _treatment, effect), BetterStream);
            var ships = results.Where(Ships).Select(result => result.Look).Order().ToArray();
            var needed = (int)Math.Ceiling(power * results.Length);
            if (ships.Length >= needed)
                return At(trial, plan, results, ships[needed - 1]);
        }

        return new Inconclusive(Inconclusive.NoSolution, "No size was found at which the effect is shipped with this power.");
    }

    public Computed<double> Effect(RuleMethod method, double days)
    {
        var trial = Until(method, days);
        var plan = Certifier.PlanOf(trial);
        if (!plan.CanDecide)
            return new Inconclusive(Certificate.MinSampleUnreachable, "The minimum sample is not reached within these days.");
        var room = PowerPlan.Room(design);
        var units = _controlPerDay * (days - (design.DelayHours / 24));
        if (!formula.FixedEffect(units).TryGet(out var once, out var why))
            return why;
        var (low, high) = (0.0, once);
        while (high < room && !Finds(high))
            (low, high) = (high, high * 1.5);
        if (high >= room)
            return new Inconclusive(Inconclusive.NoSolution, "No effect is shipped with this power within these days.");
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Finds(middle) ? (low, middle) : (middle, high);
        }

        return high;

        bool Finds(double effect) =>
            Simulate(trial, plan, Truth.Of(trial, _treatment, effect), BetterStream).Count(Ships) >= power * options.EffectRuns;
    }

    private bool Ships(RunResult result) => result.Kind == VerdictKind.Ship && result.Variant == _treatment;

    private MethodSize At(ExperimentDesign trial, LookPlan plan, RunResult[] results, int last)
    {
        var stops = results.Select(result => plan.Looks[result.Decided ? Math.Min(result.Look, last) : last]).ToArray();
        var end = plan.Looks[last];
        var shorter = trial with { LookDays = [.. trial.LookDays.Where(days => days <= end.Days)] };
        var equal = Simulate(shorter, Certifier.PlanOf(shorter), Truth.Null(shorter), EqualStream);
        return new MethodSize(
            [.. end.Units],
            end.Days,
            stops.Average(look => (double)look.Units.Sum()),
            stops.Average(look => look.Days),
            RunBatch.Count(results, result => Ships(result) && result.Look <= last),
            RunBatch.Count(equal, result => result.Decided));
    }

    private RunResult[] Simulate(ExperimentDesign trial, LookPlan plan, Truth truth, ulong stream) =>
        RunBatch.Run(new RunSimulator(trial, plan, truth, false), options.EffectRuns, options.Seed, stream, options.Threads, cancellation);

    /// <summary>The experiment with this method and a horizon at so many days.</summary>
    private ExperimentDesign Until(RuleMethod method, double days)
    {
        var cadence = design.Rule.CadenceMinutes / 1_440;
        var looks = Math.Max(1, Math.Floor((days / cadence) + 1e-9));
        var step = Math.Ceiling(looks / MaximumLooks);
        ImmutableArray<double> times = [.. Enumerable.Range(1, (int)(looks / step)).Select(look => look * step * cadence)];
        return design with
        {
            LookDays = times,
            Guardrails = [],
            Rule = design.Rule with { Method = method, HorizonDays = times[^1], HorizonUnitsPerVariant = long.MaxValue },
        };
    }
}
