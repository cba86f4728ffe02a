using System.Collections.Immutable;
using System.Globalization;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Decisions;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>
/// What a certificate simulates is what the product does: simulated experiments are given to the analysis look by look, and it has to
/// come to the same decision at the same look.
/// </summary>
public sealed class SimulationAgainstRuleTests
{
    private const string Errors = "errors";
    private const int Runs = 24;

    private static readonly RuleDesign Rule = new(
        RuleMethod.Posterior, 0.97, 0.2, 4_000, 3, 1_440, 14, 30_000, BoundaryKind.LanDeMetsOBrienFleming, true, 0.2);

    private static readonly ExperimentDesign Pair = new([1, 1], 0, OutcomeModel.Conversion(0.1), true, 4_000, 24, Rule, [], 0.006, []);
    private static readonly OutcomeModel Values = OutcomeModel.Resampled(Enumerable.Range(0, 500).Select(i => i < 400 ? 0.0 : i - 390));
    private static readonly ExperimentDesign Three = Pair with { Weights = [2, 1, 1], UnitsPerDay = 6_000, Outcome = OutcomeModel.Conversion(0.03) };

    public static TheoryData<string, RuleMethod> Cases
    {
        get
        {
            var cases = new TheoryData<string, RuleMethod>();
            foreach (var method in Enum.GetValues<RuleMethod>())
            {
                cases.Add("two variants", method);
                cases.Add("three variants", method);
                cases.Add("less is better", method);
                cases.Add("a mean", method);
                cases.Add("a prior", method);
                cases.Add("a guardrail", method);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_simulated_experiment_ends_as_the_analysis_ends_it(string name, RuleMethod method)
    {
        var design = name switch
        {
            "two variants" => Pair,
            "three variants" => Three,
            "less is better" => Pair with { HigherIsBetter = false },
            "a mean" => Pair with { Outcome = Values },
            "a prior" => Pair with { Outcome = Values, Rule = Rule with { LiftPrior = new NormalPosterior(0.05, 0.1) } },
            _ => Pair with { Guardrails = [new GuardrailDesign(OutcomeModel.Conversion(0.05), false, 0.004)] },
        };
        design = design with { Rule = design.Rule with { Method = method, HolmCorrection = name != "three variants" || method != RuleMethod.FixedHorizon } };
        var plan = LookPlan.Of(design, keepAll: true);
        var records = new List<Record>();
        var truth = name == "a guardrail" ? Truth.AtMargins(design) : Truth.Null(design);
        var simulator = new RunSimulator(design, plan, truth, false, sampler =>
        {
            var record = new Record(sampler, plan, records.Count == 0 ? design.Outcome.Origin : 0);
            records.Add(record);
            return record;
        });
        var decided = 0;
        for (var run = 0; run < Runs; run++)
        {
            var random = new RunRandom(42, (ulong)method, (ulong)run);
            var simulated = simulator.Run(ref random);

            // The run ended with its decision; the analysis must have come to it at the same look and to none before.
            var real = Analyse(design, plan, records);

            Assert.Equal((simulated.Paused, simulated.Kind, simulated.Variant, simulated.Look), real);
            decided += simulated.Decided || simulated.Paused ? 1 : 0;
        }

        Assert.InRange(decided, 1, Runs);
    }

    private static (bool Paused, VerdictKind Kind, int Variant, int Look) Analyse(ExperimentDesign design, LookPlan plan, List<Record> records)
    {
        string[] keys = ["control", .. design.Weights.Skip(1).Select((_, i) => $"t{i + 1}")];
        var experiment = Case.Experiment(keys[1..]) with
        {
            Rule = RuleOf(design.Rule),
            Guardrails = design.Guardrails.IsEmpty ? [] : [Errors],
            Variants = [.. keys.Select((key, v) => new AnalysedVariant(key, design.Weights[v], v == 0))],
            Epochs = [Case.Epoch(1, [.. design.Weights])],
        };
        var isMean = design.Outcome is ResampledModel;
        ImmutableArray<MetricDefinition> metrics =
        [
            Case.Conversion(Case.Signup) with
            {
                Type = isMean ? MetricType.Mean : MetricType.Conversion,
                PropertyPath = isMean ? "$.value" : null,
                Direction = design.HigherIsBetter ? MetricDirection.Increase : MetricDirection.Decrease,
            },
            .. design.Guardrails.Select(guardrail => Case.Conversion(Errors) with
            {
                Direction = MetricDirection.Decrease,
                Margin = new MetricBound(guardrail.Margin, false),
            }),
        ];
        var history = LookHistory.Empty;
        for (var look = 0; look < records[0].Looks; look++)
        {
            var units = plan.Looks[look].Units;
            if (units.Min() == 0)
                continue;
            var data = new AnalysisInputs(
                look,
                [.. keys.Select((key, v) => new UnitCount(key, 1, units[v], units[v]))],
                [
                    .. records.SelectMany((record, metric) => keys.Select((key, v) => Case.Sum(
                        metric == 0 ? Case.Signup : Errors,
                        key,
                        1,
                        units[v],
                        Text(record.Sum(look, v, units[v])),
                        Text(metric == 0 && isMean ? record.Squares(look, v, units[v]) : record.Sum(look, v, units[v]))))),
                ],
                [],
                0);
            var context = Case.Look(plan.Looks[look].Days) with { LookNumber = look + 1, History = history };

            var computed = ResultsComputation.Compute(new ResultsInput(experiment, metrics, data, context));

            history = computed.After;
            var decision = computed.Results.Decision;
            if (decision.Reason == "guardrail_harm")
                return (true, VerdictKind.Undecided, -1, -1);
            if (decision.Status is "ship" or "roll_back")
            {
                return decision.Status == "ship"
                    ? (false, VerdictKind.Ship, Array.IndexOf(keys, decision.Variant), look)
                    : (false, VerdictKind.RollBack, -1, look);
            }
        }

        return (false, VerdictKind.Undecided, -1, -1);
    }

    private static DecisionRule RuleOf(RuleDesign rule) => Case.Rule with
    {
        Method = Enum.Parse<DecisionMethod>(rule.Method.ToString()),
        PosteriorThreshold = rule.PosteriorThreshold,
        Alpha = rule.Alpha,
        MinSample = rule.MinimumSample,
        MinDays = (int)rule.MinimumDays,
        CadenceMinutes = (int)rule.CadenceMinutes,
        HorizonDays = (int)rule.HorizonDays,
        HorizonUnitsPerVariant = rule.HorizonUnitsPerVariant,
        Correction = rule.HolmCorrection ? PrimaryCorrection.Holm : PrimaryCorrection.None,
        GuardrailAlpha = rule.GuardrailAlpha,
        Prior = rule.LiftPrior is { } prior ? new LiftPrior(prior.Mean, prior.StandardDeviation) : null,
    };

    private static string Text(double sum) => ((decimal)sum).ToString(CultureInfo.InvariantCulture);

    /// <summary>Remembers the sums of the last run, and says them as sums of whole values.</summary>
    private sealed class Record(OutcomeSampler inner, LookPlan plan, double origin) : OutcomeSampler
    {
        private readonly List<(double[] Sum, double[] Squares)> _looks = [];

        public int Looks => _looks.Count;

        public double Sum(int look, int variant, long units) => _looks[look].Sum[variant] + (units * origin);

        public double Squares(int look, int variant, long units) =>
            _looks[look].Squares[variant] + (2 * origin * _looks[look].Sum[variant]) + (units * origin * origin);

        public override void Advance(int look, Sums sums, ref RunRandom random)
        {
            if (look == 0)
                _looks.Clear();
            inner.Advance(look, sums, ref random);
            _looks.Add((sums.Sum[..plan.Variants], sums.Squares[..plan.Variants]));
        }
    }
}
