using System.Globalization;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Sequential;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>The group sequential rule: what each look may spend, and what it has spent afterwards.</summary>
public sealed class GroupSequentialTests
{
    // The planned maximum is 56,000 units in each of two variants.
    private static readonly ResultsInput Half = Sequential(Case.Of(2_800, 28_000));

    [Fact]
    public void The_first_look_has_the_boundary_of_its_fraction()
    {
        var decision = ResultsComputation.Compute(Half).Results.Decision;

        // Lan and DeMets: 2 - 2 Phi(z(0.9875) / sqrt(0.5)) of each side's 0.025; the published boundary at half of the information is 2.963.
        Assert.Equal(("keep_running", "undecided"), (decision.Status, decision.Reason));
        Assert.Equal((1, 0.5, 0.5), (decision.GroupSequential!.Test, decision.GroupSequential.InformationFraction, decision.GroupSequential.SpendingTime));
        Assert.Equal(2.963, decision.GroupSequential.Boundary!.Value, 5e-4);
        Assert.Equal(0.00305, decision.GroupSequential.AlphaSpent, 5e-6);
    }

    [Theory]
    [InlineData(3_013, "keep_running", null, "undecided")]
    [InlineData(3_030, "ship", Case.Treatment, "boundary_crossed")]
    [InlineData(2_570, "roll_back", Case.Control, "boundary_crossed")]
    public void Only_beyond_the_boundary_is_acted(long conversions, string status, string? variant, string reason)
    {
        var result = ResultsComputation.Compute(Sequential(Case.Of(conversions, 28_000)));

        Assert.Equal((status, variant, reason), (result.Results.Decision.Status, result.Results.Decision.Variant, result.Results.Decision.Reason));
        Assert.Equal([0.5], result.After.Tested.AsEnumerable());
    }

    [Fact]
    public void Looks_have_the_boundaries_of_their_realised_fractions()
    {
        double[] fractions = [0.4, 0.5, 0.9, 1];
        var expected = GroupSequential.Boundaries(BoundaryKind.LanDeMetsPocock, 0.05, fractions).Value;
        var history = LookHistory.Empty;
        for (var look = 0; look < fractions.Length; look++)
        {
            var units = (long)Math.Round(56_000 * fractions[look]);
            var input = Sequential(Case.Of(units / 10, units), AlphaSpending.Pocock);

            var result = ResultsComputation.Compute(input with { Look = input.Look with { History = history } });

            Assert.Equal(expected[look], result.Results.Decision.GroupSequential!.Boundary!.Value, 1e-6);
            history = result.After;
        }

        Assert.Equal(fractions, history.Tested);
        Assert.True(history.HorizonReached);
    }

    [Fact]
    public void The_look_at_the_horizon_spends_the_rest_whatever_has_come()
    {
        var input = Half with { Look = Case.Look(28) with { History = LookHistory.Empty with { Tested = [0.4] } } };

        var decision = ResultsComputation.Compute(input).Results.Decision;

        // The looks are correlated by what they had, 0.4 and 0.5, not by 0.4 and 1.
        var rest = GroupSequential.Boundaries(BoundaryKind.LanDeMetsOBrienFleming, 0.05, [0.8, 1], [0.4, 1]).Value[1];
        Assert.Equal(("inconclusive", "not_significant"), (decision.Status, decision.Reason));
        Assert.Equal((2, 0.5, 1), (decision.GroupSequential!.Test, decision.GroupSequential.InformationFraction, decision.GroupSequential.SpendingTime));
        Assert.Equal(0.05, decision.GroupSequential.AlphaSpent, 1e-9);
        Assert.Equal(rest, decision.GroupSequential.Boundary!.Value, 1e-6);
        Assert.InRange(rest, 1.9599, 1.97);
    }

    [Fact]
    public void After_the_horizon_nothing_is_tested_again()
    {
        var last = ResultsComputation.Compute(Half with { Look = Case.Look(28) });
        var later = Sequential(Case.Of(3_200, 28_000)) with { Look = Case.Look(28.2) with { History = last.After } };

        var decision = ResultsComputation.Compute(later).Results.Decision;

        Assert.Equal(("inconclusive", "horizon"), (decision.Status, decision.Reason));
        Assert.Null(decision.GroupSequential);
    }

    [Fact]
    public void A_horizon_that_was_looked_at_late_is_still_tested_once()
    {
        var late = Sequential(Case.Of(3_200, 28_000)) with { Look = Case.Look(28.5) };

        Assert.Equal("ship", ResultsComputation.Compute(late).Results.Decision.Status);
    }

    [Fact]
    public void Looks_that_may_not_decide_spend_nothing()
    {
        ResultsInput[] silent =
        [
            Half with { Look = Case.Look() with { Kind = LookKind.Advisory, LookNumber = null } },
            Half with { Look = Case.Look() with { Kind = LookKind.Final } },
            Half with { Look = Case.Look(6) },
            Sequential(Case.Of(1_999, 19_990)),
            Half with { Data = Half.Data with { Units = [Half.Data.Units[0], Half.Data.Units[1] with { Analysed = 25_000 }] } },
        ];

        Assert.All(silent, input => Assert.Empty(ResultsComputation.Compute(input).After.Tested));
        Assert.NotNull(ResultsComputation.Compute(silent[0]).Results.Decision.GroupSequential);
    }

    [Fact]
    public void Looks_without_new_units_test_nothing_and_keep_the_input_hash()
    {
        var first = ResultsComputation.Compute(Half);

        var second = ResultsComputation.Compute(Half with { Look = Half.Look with { LookNumber = 49, History = first.After } });

        Assert.Equal(("keep_running", "too_little_information"), (second.Results.Decision.Status, second.Results.Decision.Reason));
        Assert.Equal([0.5], second.After.Tested.AsEnumerable());
        Assert.Equal(first.Results.InputHash, second.Results.InputHash);
    }

    [Theory]
    [InlineData(PrimaryCorrection.Holm, "undecided")]
    [InlineData(PrimaryCorrection.None, "boundary_crossed")]
    public void Several_treatments_share_alpha_when_they_are_corrected(PrimaryCorrection correction, string reason)
    {
        // z is 3.07: beyond the boundary of 0.05, 2.963, and short of that of 0.025.
        var decision = Three(3_022, 2_800, correction);

        Assert.Equal(reason, decision.Decision.Reason);
    }

    [Fact]
    public void A_rejected_treatment_leaves_its_share_of_alpha_to_the_others()
    {
        var alone = Three(2_576, 2_800, PrimaryCorrection.Holm);
        var together = Three(2_576, 2_500, PrimaryCorrection.Holm);

        Assert.Equal("undecided", alone.Decision.Reason);
        Assert.Equal(("roll_back", "boundary_crossed"), (together.Decision.Status, together.Decision.Reason));
    }

    [Fact]
    public void An_import_is_one_look_with_all_of_alpha()
    {
        var import = Half with
        {
            Experiment = Half.Experiment with { IsExternal = true },
            Look = Case.Look(0.1) with { Kind = LookKind.Import, LookNumber = 1 },
        };

        Assert.Equal(1.959964, ResultsComputation.Compute(import).Results.Decision.GroupSequential!.Boundary!.Value, 1e-6);
    }

    [Fact]
    public void Histories_from_before_the_method_read_as_nothing_tested()
    {
        var stored = CanonicalJson.Write(LookHistory.Empty).Replace(",\"tested\":[]", "", StringComparison.Ordinal);

        Assert.DoesNotContain("tested", stored);
        Assert.Empty(CanonicalJson.ReadHistory(stored).Tested);
    }

    [Fact]
    public void Equal_variants_are_told_apart_in_five_of_a_hundred_experiments()
    {
        const int Runs = 4_000;
        const int Seed = 20_260_302;

        // Front-loaded: most units come early, and the days end before the planned units do.
        (long Units, double Day)[] looks = [(2_400, 8), (3_600, 14), (4_700, 28)];
        var random = new Random(Seed);
        var wrong = 0;
        for (var run = 0; run < Runs; run++)
        {
            var (control, treatment, before) = (0.0, 0.0, 0L);
            var history = LookHistory.Empty;
            foreach (var (units, day) in looks)
            {
                control += Math.Sqrt(units - before) * Normal(random);
                treatment += Math.Sqrt(units - before) * Normal(random);
                before = units;
                var input = Case.Of(
                    Case.Experiment() with
                    {
                        Rule = Case.Rule with
                        {
                            Method = DecisionMethod.GroupSequential,
                            Spending = AlphaSpending.Pocock,
                            MinSample = 1_000,
                            HorizonUnitsPerVariant = 5_000,
                        },
                    },
                    [Case.Conversion(Case.Signup) with { Type = MetricType.Mean, PropertyPath = "$.value" }],
                    Case.Data([(Case.Control, 1, units, 0), (Case.Treatment, 1, units, 0)]) with
                    {
                        Sums = [Sum(Case.Control, units, control), Sum(Case.Treatment, units, treatment)],
                    });
                var result = ResultsComputation.Compute(input with { Look = Case.Look(day) with { History = history } });
                history = result.After;
                if (result.Results.Decision.Status is "ship" or "roll_back")
                {
                    wrong++;
                    break;
                }
            }
        }

        var allowed = 3 * Math.Sqrt(0.05 * 0.95 / Runs);
        Assert.True(Math.Abs((wrong / (double)Runs) - 0.05) < allowed, $"{wrong} of {Runs} with seed {Seed}; 5 % plus or minus {allowed:P2} was due.");
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Units whose values have variance 1.</summary>
    private static MetricSum Sum(string variant, long units, double sum) => Case.Sum(
        Case.Signup, variant, 1, units, sum.ToString("F6", CultureInfo.InvariantCulture), units.ToString(CultureInfo.InvariantCulture));

    private static ExperimentResults Three(long early, long late, PrimaryCorrection correction)
    {
        var input = Sequential(Case.Of(
            Case.Experiment("early", "late"),
            [Case.Conversion(Case.Signup)],
            Case.Data([(Case.Control, 1, 28_000, 2_800), ("early", 1, 28_000, early), ("late", 1, 28_000, late)])));
        return ResultsComputation.Compute(input with
        {
            Experiment = input.Experiment with { Rule = input.Experiment.Rule with { Correction = correction } },
        }).Results;
    }

    private static ResultsInput Sequential(ResultsInput input, AlphaSpending spending = AlphaSpending.ObrienFleming) => input with
    {
        Experiment = input.Experiment with
        {
            Rule = input.Experiment.Rule with { Method = DecisionMethod.GroupSequential, Spending = spending },
        },
    };
}
