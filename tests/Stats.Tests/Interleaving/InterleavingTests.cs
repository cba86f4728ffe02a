using Splitstream.Stats.Interleaving;

namespace Splitstream.Stats.Tests.Interleaving;

public class InterleavingTests
{
    private static readonly string[] Control = ["a", "b", "c", "d", "g", "h"];
    private static readonly string[] Treatment = ["b", "e", "a", "f", "g", "h"];

    /// <summary>Algorithm 2 of Radlinski, Kurup and Joachims 2008, replayed by hand.</summary>
    [Theory]
    [InlineData("CCC", "aC bT cC eT dC fT")]
    [InlineData("TTT", "bT aC eT cC fT dC")]
    [InlineData("CTC", "aC bT eT cC dC fT")]
    public void Rankings_pick_in_turn_as_the_coin_says(string coins, string expected)
    {
        var tosses = new Queue<char>(coins);

        var list = TeamDraft.Draft(Control, Treatment, 6, () => tosses.Dequeue() == 'C');

        Assert.Equal(expected, string.Join(' ', list.Select(drafted => $"{drafted.Item}{drafted.Team.ToString()[0]}")));
        Assert.Empty(tosses);
    }

    [Fact]
    public void Teams_never_differ_by_more_than_one_and_no_result_appears_twice()
    {
        var random = new Random(3);
        for (var run = 0; run < 500; run++)
        {
            var items = Enumerable.Range(0, 12).Select(i => $"{i}").ToArray();
            var (first, second) = ((string[])items.Clone(), (string[])items.Clone());
            random.Shuffle(first);
            random.Shuffle(second);

            var list = TeamDraft.Draft(first, second[..(3 + random.Next(9))], 1 + random.Next(12), () => random.Next(2) == 0);

            Assert.Equal(list.Count, list.Select(drafted => drafted.Item).Distinct().Count());
            var control = 0;
            for (var i = 0; i < list.Count; i++)
            {
                control += list[i].Team == RankingTeam.Control ? 1 : 0;
                Assert.InRange(2 * control - (i + 1), -1, 1);
            }
        }
    }

    [Fact]
    public void A_draft_ends_when_a_ranking_has_nothing_left()
    {
        Assert.Single(TeamDraft.Draft(["a", "b", "c"], ["a"], 10, () => false));
        Assert.Empty(TeamDraft.Draft([], ["a"], 10, () => true));
    }

    [Fact]
    public void Clicks_are_credited_to_the_ranking_that_picked()
    {
        DraftedItem[] list = [new("a", RankingTeam.Control), new("b", RankingTeam.Treatment), new("e", RankingTeam.Treatment)];

        Assert.Equal(new ClickCredit(1, 2), TeamDraft.Credit(list, [2, 0, 1, 1]));
        Assert.Equal(new ClickCredit(0, 0), TeamDraft.Credit(list, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => TeamDraft.Credit(list, [3]));
    }

    /// <summary>scipy 1.10.1: binomtest(7, 20), binomtest(60, 100), binomtest(0, 5), binomtest(510000, 1000000).</summary>
    [Theory]
    [InlineData(7, 13, 0.26317596435546875)]
    [InlineData(60, 40, 0.05688793364098088)]
    [InlineData(0, 5, 0.0625)]
    [InlineData(3, 3, 1)]
    [InlineData(510_000, 490_000, 5.544363287698749e-89)]
    public void Preferences_are_tested_by_an_exact_sign_test(int control, int treatment, double p)
    {
        ClickCredit[] credits = [
            .. Enumerable.Repeat(new ClickCredit(2, 1), control), .. Enumerable.Repeat(new ClickCredit(0, 1), treatment), new(1, 1)];

        var result = InterleavingTest.Compute(credits).Value;

        Assert.Equal((control, treatment, 1), (result.ControlWins, result.TreatmentWins, result.Ties));
        Assert.Equal(treatment / (double)(control + treatment), result.Preference);
        Assert.True(Math.Abs(result.SignP - p) <= 1e-9 * p, $"got {result.SignP:R}");
    }

    /// <summary>scipy 1.10.1, ttest_rel([2, 1, 3, 0, 4], [1, 1, 0, 1, 2]).</summary>
    [Fact]
    public void Credits_are_tested_by_a_paired_t_test()
    {
        var result = InterleavingTest.Compute([new(1, 2), new(1, 1), new(0, 3), new(1, 0), new(2, 4)]).Value;

        Assert.Equal(1, result.MeanDifference, 1e-15);
        Assert.Equal(0.23019964108049873, result.PairedP.Value, 1e-12);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Equal(Inconclusive.NoUnits, InterleavingTest.Compute([]).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, InterleavingTest.Compute([new(1, 1), new(0, 0)]).Why!.Reason);
        Assert.Equal(Inconclusive.ZeroVariance, InterleavingTest.Compute([new(0, 1), new(0, 1)]).Value.PairedP.Why!.Reason);
        Assert.Throws<ArgumentOutOfRangeException>(() => InterleavingTest.Compute([new(-1, 1)]));
        Assert.Throws<ArgumentException>(() => TeamDraft.Draft(["a", "a"], ["b"], 5, () => true));
        Assert.Throws<ArgumentOutOfRangeException>(() => TeamDraft.Draft(["a"], ["b"], 0, () => true));
    }

    /// <summary>
    /// A user clicks each of ten results with a chance that falls with its rank in truth: rankings of equal quality win equally often,
    /// and a better one is preferred.
    /// </summary>
    [Fact]
    public void Equal_rankings_are_preferred_equally_and_a_better_one_more()
    {
        Assert.InRange(Preference(noiseOfTreatment: 3, lists: 40_000), 0.49, 0.51);
        Assert.InRange(Preference(noiseOfTreatment: 0.5, lists: 10_000), 0.53, 0.7);
    }

    private static double Preference(double noiseOfTreatment, int lists)
    {
        var random = new Random(31);
        var credits = new List<ClickCredit>();
        for (var i = 0; i < lists; i++)
        {
            var list = TeamDraft.Draft(Ranking(3), Ranking(noiseOfTreatment), 6, () => random.Next(2) == 0);
            credits.Add(TeamDraft.Credit(list, Enumerable.Range(0, list.Count).Where(position =>
                random.NextDouble() < 0.6 / (1 + int.Parse(list[position].Item, System.Globalization.CultureInfo.InvariantCulture)))));
        }

        return InterleavingTest.Compute(credits).Value.Preference;

        string[] Ranking(double noise) =>
            [.. Enumerable.Range(0, 10).OrderBy(item => item + noise * random.NextDouble() * 3).Select(item => $"{item}")];
    }
}
