using System.Collections.Immutable;
using Splitstream.Stats.Decisions;
using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;

namespace Splitstream.Stats.Calibration;

/// <summary>
/// Measures a rule by simulating the whole of it: arrivals, maturity, looks, minimum sample and days, horizon, method, correction and
/// guardrails. The decision itself is that of the analysis (<see cref="Verdict"/>).
/// </summary>
public static class Certifier
{
    private const ulong EqualStream = 0;
    private const ulong WorseStream = 1_000;
    private const ulong EffectStream = 2_000;
    private const ulong PauseStream = 3_000;

    private static readonly double[] EffectFactors = [0.5, 1, 1.5];

    /// <summary>The certificate of a planned or running experiment.</summary>
    /// <exception cref="ArgumentException">A value of the design or the options is out of its range.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> ended it.</exception>
    public static Certificate Certify(ExperimentDesign design, CertificateOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(options);
        design.Check();
        options.Check();
        var plan = PlanOf(design);
        if (!plan.CanDecide)
        {
            return new Certificate(
                false, Certificate.MinSampleUnreachable, null, [], null, null, [], null, Smaller(design, options, cancellation), 0, options.Runs, options.Seed);
        }

        var nulls = new List<(int? Worse, RunResult[] Results)> { (null, Simulate(Truth.Null(design), options.Runs, EqualStream)) };
        nulls.AddRange(DistinctTreatments(design).Select(worse => (
            (int?)worse, Simulate(Truth.Of(design, worse, -ClearEffect(design)), options.Runs, WorseStream + (ulong)worse))));
        ImmutableArray<NullHypothesis> rates =
            [.. nulls.Select(hypothesis => new NullHypothesis(hypothesis.Worse, RunBatch.Count(hypothesis.Results, result => result.Decided)))];
        var worst = rates.MaxBy(rate => rate.FalsePositives.Occurrences)!.FalsePositives;
        var crossing = Crossing(design, plan);
        var reason = ReasonAgainst(design, options, worst, crossing);
        return new Certificate(
            reason is null,
            reason,
            worst,
            rates,
            crossing,
            Duration.Of(nulls[0].Results, plan),
            Effects(),
            design.Guardrails.IsEmpty ? null : RunBatch.Count(Simulate(Truth.AtMargins(design), options.EffectRuns, PauseStream), result => result.Paused),
            reason == Certificate.FalsePositiveRate ? Higher(design, nulls) : null,
            plan.Looks.Count(look => look.MayDecide),
            options.Runs,
            options.Seed);

        RunResult[] Simulate(Truth truth, int runs, ulong stream) =>
            RunBatch.Run(new RunSimulator(design, plan, truth, stream < EffectStream), runs, options.Seed, stream, options.Threads, cancellation);

        ImmutableArray<EffectPower> Effects() => design.MinimumEffect is not { } effect
            ? []
            : [.. EffectFactors.Select((factor, i) => Power(factor * effect, EffectStream + (ulong)i))];

        EffectPower Power(double effect, ulong stream)
        {
            var variant = FirstTreatment(design);
            var results = Simulate(Truth.Of(design, variant, effect), options.EffectRuns, stream);
            var ships = results.Where(result => result.Kind == VerdictKind.Ship && result.Variant == variant).ToArray();
            return new EffectPower(
                effect,
                new SimulatedRate(ships.Length, results.Length),
                RunBatch.Count(results, result => result.Decided && result.Variant != variant),
                Duration.Of(results, plan),
                ships.Length == 0 ? null : ships.Average(result => result.Effect) / effect);
        }
    }

    /// <summary>The same experiment under each of the four methods.</summary>
    /// <inheritdoc cref="Certify"/>
    public static ImmutableArray<MethodComparison> Compare(
        ExperimentDesign design, CertificateOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(design);
        ArgumentNullException.ThrowIfNull(options);
        design.Check();
        options.Check();
        return [.. Enum.GetValues<RuleMethod>().Select(Row)];

        MethodComparison Row(RuleMethod method)
        {
            var other = design with { Rule = design.Rule with { Method = method } };
            var plan = PlanOf(other);
            var equal = Simulate(Truth.Null(other), EqualStream);
            var better = design.MinimumEffect is { } effect ? Simulate(Truth.Of(other, FirstTreatment(other), effect), EffectStream) : null;
            return new MethodComparison(
                method,
                RunBatch.Count(equal, result => result.Decided),
                better is null ? null : RunBatch.Count(better, result => result.Kind == VerdictKind.Ship && result.Variant == FirstTreatment(other)),
                Duration.Of(better ?? equal, plan));

            RunResult[] Simulate(Truth truth, ulong stream) => RunBatch.Run(
                new RunSimulator(other, plan, truth, false), options.EffectRuns, options.Seed, stream, options.Threads, cancellation);
        }
    }

    /// <summary>Looks that cannot act matter where evidence runs up, a guardrail is watched or units are dealt.</summary>
    internal static LookPlan PlanOf(ExperimentDesign design) =>
        LookPlan.Of(design, design.Rule.Method == RuleMethod.AlwaysValid || !design.Guardrails.IsEmpty || design.Outcome is ReplayedModel);

    private static int FirstTreatment(ExperimentDesign design) => design.Control == 0 ? 1 : 0;

    /// <summary>One treatment of each weight, where there is another treatment that it can make look good, and it can have an effect.</summary>
    private static IEnumerable<int> DistinctTreatments(ExperimentDesign design) => design.Treatments < 2 || design.Outcome is ReplayedModel
        ? []
        : Enumerable.Range(0, design.Weights.Length).Where(v => v != design.Control).DistinctBy(v => design.Weights[v]);

    /// <summary>Ten standard errors at the minimum sample, as far as a rate has room below.</summary>
    private static double ClearEffect(ExperimentDesign design)
    {
        var clear = 10 * Math.Sqrt(2 * design.Outcome.Variance / design.Rule.MinimumSample);
        var room = design.HigherIsBetter ? design.Outcome.Mean : 1 - design.Outcome.Mean;
        return design.Outcome is ConversionModel ? Math.Min(clear, 0.9 * room) : clear;
    }

    /// <summary>Numerical crossing probability of one treatment, times the treatments that do not share alpha.</summary>
    private static double? Crossing(ExperimentDesign design, LookPlan plan) => design.Rule.Method switch
    {
        RuleMethod.FixedHorizon => design.Rule.HolmCorrection ? design.Rule.Alpha : design.Rule.Alpha * design.Treatments,
        RuleMethod.GroupSequential => BoundaryTest.Crossing(design, plan),
        _ => null,
    };

    private static string? ReasonAgainst(ExperimentDesign design, CertificateOptions options, SimulatedRate worst, double? crossing)
    {
        // What spends exactly alpha cannot have an upper bound below it; there the simulation has to agree.
        var holds = crossing is { } probability
            ? probability <= Certificate.CrossingLimit && ClopperPearsonInterval.Compute(worst.Occurrences, worst.Runs, 0.999).Lower <= Certificate.CrossingLimit
            : worst.UpperBound <= Certificate.Limit;
        return !holds ? options.Runs < CertificateOptions.RunsNeeded && worst.Rate <= Certificate.Limit ? Certificate.TooFewRuns : Certificate.FalsePositiveRate
            : design.Outcome is NormalModel ? Certificate.AssumptionNormal
            : options.Runs < CertificateOptions.RunsNeeded ? Certificate.TooFewRuns
            : null;
    }

    /// <summary>The smallest threshold whose bound holds, by common random numbers: how strong each run's evidence ever was.</summary>
    private static RuleProposal? Higher(ExperimentDesign design, List<(int? Worse, RunResult[] Results)> nulls)
    {
        if (design.Rule.Method != RuleMethod.Posterior)
            return null;
        var allowed = Allowed(nulls[0].Results.Length);
        if (allowed < 0)
            return null;
        var deviate = nulls.Max(hypothesis => hypothesis.Results.Select(result => result.Strongest).OrderDescending().ElementAt(allowed));
        if (!double.IsFinite(deviate))
            return null;

        // Down to three digits of what is left above the threshold, so that the proposal is a number one would write.
        var above = (decimal)NormalDistribution.Cdf(deviate, Tail.Upper);
        var unit = 1m;
        while (above < 100 * unit && unit > 1e-27m)
            unit /= 10;
        var threshold = (double)(1 - (Math.Floor(above / unit) * unit));
        if (!(threshold < 1))
            return null;
        var reached = NormalDistribution.Quantile(1 - threshold, Tail.Upper);
        var rates = nulls.Select(hypothesis => RunBatch.Count(hypothesis.Results, result => result.Strongest > reached));
        return new RuleProposal(threshold, design.Rule.MinimumSample, rates.MaxBy(rate => rate.Occurrences)!);
    }

    /// <summary>Most occurrences whose upper bound is at most the limit; -1 when not even none is enough.</summary>
    private static int Allowed(int runs)
    {
        int low = -1, high = runs;
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = ClopperPearsonInterval.UpperBound(middle, runs) <= Certificate.Limit ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>
    /// A minimum sample that is reached, in the proportion to the horizon that the default rule has; with the threshold that it needs, where
    /// the method has one.
    /// </summary>
    private static RuleProposal? Smaller(ExperimentDesign design, CertificateOptions options, CancellationToken cancellation)
    {
        const double HorizonOverMinimum = 2.8;
        var most = LookPlan.Of(design, keepAll: true).Looks is { Length: > 0 } looks ? looks[^1].Units.Min() : 0;
        var sample = (long)(most / HorizonOverMinimum);
        if (sample < 1)
            return null;
        var smaller = design with { Rule = design.Rule with { MinimumSample = sample }, MinimumEffect = null };
        if (!PlanOf(smaller).CanDecide)
            return null;
        var certificate = Certify(smaller, options, cancellation);
        return certificate.Proposal
            ?? (certificate.Reason == Certificate.FalsePositiveRate
                ? null
                : new RuleProposal(design.Rule.PosteriorThreshold, sample, certificate.FalsePositives!));
    }
}
