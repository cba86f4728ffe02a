using System.Globalization;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.QuasiExperiments;
using Splitstream.Stats.Regression;
using Splitstream.Stats.Srm;

namespace Splitstream.Stats.Tests.RealStudies;

/// <summary>
/// Three promotions, one per store, sales of four weeks: the store was randomised, not the week. Reference values recomputed with SciPy
/// 1.10 and numpy for the shared data.
/// </summary>
public class FastFoodTests
{
    private static readonly Lazy<Study> Data = new(() => Study.Open("fast_food_promotions.csv", "fast_food_promotions"));

    private static Study Study => Data.Value;

    [SharedFact]
    public void Stores_are_split_evenly()
    {
        var srm = SampleRatioTest.Compute(
            Locations().GroupBy(l => l.Promotion).OrderBy(g => g.Key).Select(g => (long)g.Count()).ToArray(), [1, 1, 1]).Value;

        Study.Near(Study.Number("srm_locations_equal", "chi2"), srm.Statistic);
        Study.Near(Study.Number("srm_locations_equal", "p"), srm.P);
    }

    [SharedTheory]
    [InlineData("promotion_2_minus_1", 1, 2)]
    [InlineData("promotion_3_minus_1", 1, 3)]
    [InlineData("promotion_2_minus_3", 3, 2)]
    public void Weeks_of_one_store_are_not_independent(string name, int control, int treatment)
    {
        var rows = Rows().Where(row => row.Promotion == control || row.Promotion == treatment).ToArray();
        var sales = rows.Select(row => row.Sales).ToArray();
        double[] treated = rows.Select(row => row.Promotion == treatment ? 1.0 : 0).ToArray();

        var naive = MeanDifferenceTest.Welch(
            Study.Summarise(rows.Where(row => row.Promotion == control).Select(row => row.Sales)),
            Study.Summarise(rows.Where(row => row.Promotion == treatment).Select(row => row.Sales))).Value;
        var means = MeanDifferenceTest.Welch(
            Study.Summarise(Locations().Where(l => l.Promotion == control).Select(l => l.Mean)),
            Study.Summarise(Locations().Where(l => l.Promotion == treatment).Select(l => l.Mean))).Value;
        var fit = LinearRegression.Fit(sales, [treated]).Value;
        var byStore = fit.ClusterRobust(rows.Select(row => row.Location).ToArray()).Value;
        var byMarket = fit.ClusterRobust(rows.Select(row => row.Market).ToArray()).Value;

        var plain = ClusterRobust.MeanDifference(
            sales, treated.Select(t => t == 1).ToArray(), rows.Select(row => row.Location).ToArray()).Value;

        Study.Compare(Study.Element(name, "naive_rows_welch"), naive);
        Study.Compare(Study.Element(name, "location_mean_welch"), means);
        Study.Near(Study.Number(name, "ols_cluster_cr1_location", "diff"), fit.Coefficients[1]);
        Study.Near(Study.Number(name, "ols_cluster_cr1_location", "se"), byStore.StandardError(1));
        Study.Near(Study.Number(name, "ols_cluster_cr1_location", "se"), plain.StandardError);
        Assert.Equal(Study.Number(name, "ols_cluster_cr1_location", "clusters") - 1, byStore.DegreesOfFreedom);
        Study.Near(Study.Number(name, "ols_cluster_cr1_market", "se"), byMarket.StandardError(1));
        Assert.Equal(Study.Number(name, "ols_cluster_cr1_market", "clusters") - 1, byMarket.DegreesOfFreedom);
        Assert.True(naive.StandardError < 0.6 * byStore.StandardError(1));
    }

    [SharedFact]
    public void The_analysis_of_variance_is_honest_only_over_stores()
    {
        var rows = OneWayVariance.Test(
            [.. Rows().GroupBy(row => row.Promotion).Select(g => Study.Summarise(g.Select(row => row.Sales)))]).Value;
        var stores = OneWayVariance.Test(
            [.. Locations().GroupBy(l => l.Promotion).Select(g => Study.Summarise(g.Select(l => l.Mean)))]).Value;

        Study.Near(Study.Number("anova_rows_naive", "F"), rows.F);
        Study.Near(Study.Number("anova_rows_naive", "p"), rows.P);
        Study.Near(Study.Number("anova_location_means", "F"), stores.F);
        Study.Near(Study.Number("anova_location_means", "p"), stores.P);
    }

    [SharedFact]
    public void Weeks_of_one_store_are_alike()
    {
        var stores = Rows().GroupBy(row => row.Location).ToArray();

        var alike = OneWayVariance.Correlation(
            [.. stores.Select(store => Study.Summarise(store.Select(row => row.Sales)))],
            [.. stores.Select(store => store.First().Promotion)]).Value;

        Study.Near(Study.Number("icc_location_within_promotion"), alike.Correlation);
        Study.Near(Study.Number("design_effect"), alike.DesignEffect);
    }

    [SharedFact]
    public void Totals_of_stores_are_the_published_ones()
    {
        foreach (var promotion in Study.Element("location_totals_mean_sd").EnumerateObject())
        {
            var number = int.Parse(promotion.Name, CultureInfo.InvariantCulture);
            var totals = Study.Summarise(Locations().Where(l => l.Promotion == number).Select(l => 4 * l.Mean));

            Study.Near(promotion.Value[0].GetDouble(), totals.Mean);
            Study.Near(promotion.Value[1].GetDouble(), Math.Sqrt(totals.Variance));
        }
    }

    private static (int Market, int Location, int Promotion, double Sales)[] Rows()
    {
        var (market, location) = (Study.Numbers("MarketID"), Study.Numbers("LocationID"));
        var (promotion, sales) = (Study.Numbers("Promotion"), Study.Numbers("SalesInThousands"));
        return [.. sales.Select((value, row) => ((int)market[row], (int)location[row], (int)promotion[row], value))];
    }

    private static (int Promotion, double Mean)[] Locations() =>
        [.. Rows().GroupBy(row => row.Location).Select(store => (store.First().Promotion, store.Average(row => row.Sales)))];
}
