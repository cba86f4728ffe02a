using Splitstream.Stats.Bayesian;

namespace Splitstream.Stats.Tests.Bayesian;

public class GammaPoissonTests
{
    /// <summary>
    /// mpmath 1.2.1, 40 digits: the double integral of both gamma densities by quadrature for the first three rows (they agree with the
    /// beta density beyond 17 digits), the beta density by quadrature for large ones, betainc at 50 digits for the far tail.
    /// </summary>
    [Theory]
    [InlineData(3, 2, 5, 2, 0.2265625, 0.18359375)]
    [InlineData(2.5, 1.5, 0.7, 0.4, 0.58955126677990678, 0.77854221514192354)]
    [InlineData(0.5, 10, 0.3, 4, 0.52159081221418309, 0.031561613531698528)]
    [InlineData(120, 100, 150, 100, 0.033590196362758704, 0.0021737485968137012)]
    [InlineData(1000, 900, 1300, 900, 1.8581793676679329e-10, 1.5107173865644115e-12)]
    [InlineData(20000, 10000, 20300, 10000, 0.067531789779416865, 0.00059584396528494321)]
    [InlineData(50.5, 1000, 49.25, 20, 1.3038966512115568e-56, 2.6382039703483559e-59)]
    [InlineData(5_000_000, 5_000_000, 5_010_000, 5_000_000, 0.00078695768721989402, 1.3552282840477703e-7)]
    public void Probability_and_loss_are_exact(double shapeA, double rateA, double shapeB, double rateB, double aGreater, double chooseB)
    {
        var (a, b) = (new GammaPoissonPosterior(shapeA, rateA), new GammaPoissonPosterior(shapeB, rateB));

        var probability = GammaPoissonComparison.ProbabilityBetter(a, b);
        var loss = GammaPoissonComparison.ExpectedLoss(a, b);

        Near(aGreater, probability.AGreater, 1e-10);
        Near(1, probability.AGreater + probability.BGreater, 1e-12);
        Near(chooseB, loss.ChooseB, 1e-9);
        Near(b.Mean - a.Mean + chooseB, loss.ChooseA, 1e-9);
        var swapped = GammaPoissonComparison.ProbabilityBetter(b, a);
        Near(probability.AGreater, swapped.BGreater, 1e-13);
        Assert.Equal(loss, GammaPoissonComparison.ExpectedLoss(b, a).Swap());
    }

    [Fact]
    public void Equal_beliefs_are_a_coin_toss()
    {
        var belief = new GammaPoissonPosterior(7.5, 3);

        var probability = GammaPoissonComparison.ProbabilityBetter(belief, belief);

        Near(0.5, probability.BGreater, 1e-14);
        var loss = GammaPoissonComparison.ExpectedLoss(belief, belief);
        Assert.Equal(loss.ChooseA, loss.ChooseB);
    }

    [Fact]
    public void Data_add_to_the_prior()
    {
        var posterior = new GammaPoissonPosterior(2, 1).Update(10, 4);

        Assert.Equal((12, 5), (posterior.Shape, posterior.Rate));
        Assert.Equal((2.4, 0.48, 2.2), (posterior.Mean, posterior.Variance, posterior.Mode));
        Assert.Equal(0, new GammaPoissonPosterior(0.5, 1).Mode);
    }

    /// <summary>scipy 1.10.1, gamma.interval(0.95, 12.5, scale=1/4); mpmath 1.2.1 for the shortest ones.</summary>
    [Fact]
    public void Intervals_hold_their_mass()
    {
        var belief = new GammaPoissonPosterior(12.5, 4);

        var equal = belief.EqualTailedInterval(0.95);
        Near(1.6399650031172242, equal.Lower, 1e-10);
        Near(5.0808086400344, equal.Upper, 1e-10);
        var shortest = belief.HighestDensityInterval(0.95);
        Near(1.5091320476937408, shortest.Lower, 1e-9);
        Near(4.887931032537698, shortest.Upper, 1e-9);
        Near(0.95, belief.ProbabilityAbove(shortest.Lower) - belief.ProbabilityAbove(shortest.Upper), 1e-11);
        var skewed = new GammaPoissonPosterior(3.5, 4).HighestDensityInterval(0.95);
        Near(0.12365346316318003, skewed.Lower, 1e-9);
        Near(1.7960764830393366, skewed.Upper, 1e-9);
        var atZero = new GammaPoissonPosterior(1, 4).HighestDensityInterval(0.95);
        Assert.Equal(0, atZero.Lower);
        Near(Math.Log(20) / 4, atZero.Upper, 1e-12);
    }

    [Fact]
    public void What_cannot_be_judged_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new GammaPoissonPosterior(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GammaPoissonPosterior(1, double.PositiveInfinity));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GammaPoissonPosterior(1, 1).Update(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GammaPoissonPosterior(1, 1).Update(1, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GammaPoissonPosterior(1, 1).EqualTailedInterval(1));
    }

    private static void Near(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance * Math.Abs(expected), $"got {actual:R}, expected {expected:R}");
}
