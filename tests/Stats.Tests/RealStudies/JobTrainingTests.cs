using Splitstream.Stats.Assignment;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Regression;
using Splitstream.Stats.Samples;
using Splitstream.Stats.VarianceReduction;

namespace Splitstream.Stats.Tests.RealStudies;

/// <summary>
/// The randomised job training of the National Supported Work programme (LaLonde 1986; Dehejia and Wahba 1999). Reference values
/// recomputed with SciPy 1.10 and numpy for the shared data.
/// </summary>
public class JobTrainingTests
{
    private static readonly string[] Covariates = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"];

    private static readonly Lazy<Study> Data = new(() => Study.Open("nsw_job_training.csv", "nsw_job_training"));

    private static Study Study => Data.Value;

    [SharedFact]
    public void Earnings_rise_by_1794()
    {
        var test = MeanDifferenceTest.Welch(Study.Summarise(Of("re78", 0)), Study.Summarise(Of("re78", 1))).Value;

        Study.Compare(Study.Element("re78"), test);
        Study.Near(Study.Number("re78", "rel_lift"), test.Lift.Value.Lift);
        Study.Near(Study.Element("re78", "rel_lift_ci95_delta")[0].GetDouble(), test.Lift.Value.Interval.Lower);
    }

    [SharedTheory]
    [InlineData("re75")]
    [InlineData("re74")]
    public void Earlier_earnings_adjust_the_effect(string covariate)
    {
        var key = $"cuped_{covariate}";
        var pooled = PairedSummary.FromValues(Study.Numbers(covariate), Study.Numbers("re78")).Value;
        var control = PairedSummary.FromValues(Of(covariate, 0), Of("re78", 0)).Value;
        var treatment = PairedSummary.FromValues(Of(covariate, 1), Of("re78", 1)).Value;

        Study.Near(Study.Number(key, "theta_pooled_all"), Cuped.Theta(pooled).Value);
        Study.Near(Study.Number(key, "theta_within_arm"), Cuped.Theta([control, treatment]).Value);
        Study.Compare(Study.Element(key, "covariate_balance"), MeanDifferenceTest.Welch(control.X, treatment.X).Value);
        Study.Compare(Study.Element(key, "cuped_theta_pooled_all"), Adjusted(Cuped.Theta(pooled).Value));
        Study.Compare(Study.Element(key, "cuped_theta_within_arm"), Adjusted(Cuped.Theta([control, treatment]).Value));

        // As a share of the variance of the effect.
        var gain = Adjusted(Cuped.Theta(pooled).Value).StandardError / MeanDifferenceTest.Welch(control.Y, treatment.Y).Value.StandardError;
        Study.Near(Study.Number(key, "variance_reduction"), 1 - gain * gain);
        Study.Near(Study.Number(key, "corr_x_y"), Math.Sqrt(Cuped.Explain(pooled).Value.VarianceReduction));

        MeanTestResult Adjusted(double theta) => MeanDifferenceTest.Welch(
            Cuped.Adjust(control, theta, pooled.MeanX).Value, Cuped.Adjust(treatment, theta, pooled.MeanX).Value).Value;
    }

    [SharedFact]
    public void Regression_on_eight_covariates_finds_1676()
    {
        var fit = LinearRegression.Fit(Study.Numbers("re78"), [Study.Numbers("treat"), .. Covariates.Select(Study.Numbers)]).Value;

        Study.Near(Study.Number("ols_all_covariates", "treat"), fit.Coefficients[1]);
        Study.Near(Study.Number("ols_all_covariates", "se_classical"), fit.Classical().StandardError(1));
        Study.Near(Study.Number("ols_all_covariates", "se_hc1"), fit.HeteroskedasticityRobust().StandardError(1));
    }

    /// <summary>Lin 2013: covariates centred over all units and interacted with treatment.</summary>
    [SharedFact]
    public void Interacted_regression_finds_1772()
    {
        var treated = Study.Numbers("treat");
        var centred = new[] { "re74", "re75" }.Select(Study.Numbers).Select(
            x => x.Select(value => value - x.Average()).ToArray()).ToArray();

        var fit = LinearRegression.Fit(
            Study.Numbers("re78"),
            [treated, .. centred, .. centred.Select(x => x.Select((value, i) => value * treated[i]).ToArray())]).Value;

        Study.Near(Study.Number("lin_interacted_re74_re75", "treat"), fit.Coefficients[1]);
        Study.Near(Study.Number("lin_interacted_re74_re75", "se_hc1"), fit.HeteroskedasticityRobust().StandardError(1));
    }

    [SharedFact]
    public void Ranks_differ_as_well()
    {
        var test = MannWhitneyTest.Compute(Of("re78", 0), Of("re78", 1)).Value;

        Study.Near(Study.Number("mann_whitney", "U_control"), test.ControlU);
        Study.Near(Study.Number("mann_whitney", "p"), test.P);
    }

    [SharedFact]
    public void Variants_differ_before_as_published()
    {
        var report = BalanceReport.Compute(
            Covariates.Select(name => (name, (IReadOnlyList<double>)Study.Numbers(name))).ToArray(),
            Study.Numbers("treat").Select(treat => (int)treat).ToArray(),
            2);

        Assert.All(report, covariate => Study.Near(Study.Number("smd", covariate.Covariate), covariate.StandardisedDifference.Value));
        Assert.Equal(
            ["age", "educ", "hisp", "nodegree"], report.Where(covariate => covariate.IsNotable).Select(covariate => covariate.Covariate));
    }

    private static double[] Of(string column, int variant)
    {
        var treated = Study.Numbers("treat");
        return [.. Study.Numbers(column).Where((_, row) => treated[row] == variant)];
    }
}
