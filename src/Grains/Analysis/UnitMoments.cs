using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Stats.Samples;

namespace Splitstream.Grains.Analysis;

/// <summary>The numbers that a unit has for one metric.</summary>
internal enum UnitNumber
{
    Value,
    Denominator,
    Covariate,
    CovariateDenominator,
    History,
}

/// <summary>Exact sums of the units' numbers and of their products, from which any two are summarised as pairs.</summary>
internal sealed class UnitMoments
{
    private const int Numbers = 5;

    private readonly ExactNumber[] _sums;
    private readonly ExactNumber[,] _products;

    private UnitMoments(long units, ExactNumber[] sums, ExactNumber[,] products)
    {
        Units = units;
        _sums = sums;
        _products = products;
    }

    public long Units { get; }

    /// <summary>Of what the inputs say; a unit without a history has no covariate, so that the product of the two is the covariate.</summary>
    public static UnitMoments Of(ExactSums values, MetricProducts products)
    {
        var moments = new UnitMoments(values.Units, new ExactNumber[Numbers], new ExactNumber[Numbers, Numbers]);
        moments.Set(UnitNumber.Value, values.Sum, values.SumSquares);
        moments.Set(UnitNumber.Denominator, Parse(products.Denominators), Parse(products.DenominatorSquares));
        moments.Set(UnitNumber.Covariate, Parse(products.Covariates), Parse(products.CovariateSquares));
        moments.Set(
            UnitNumber.CovariateDenominator, Parse(products.CovariateDenominators), Parse(products.CovariateDenominatorSquares));
        moments.Set(UnitNumber.History, Parse(products.Histories), Parse(products.Histories));
        moments.Set(UnitNumber.Value, UnitNumber.Denominator, products.ValueDenominators);
        moments.Set(UnitNumber.Value, UnitNumber.Covariate, products.ValueCovariates);
        moments.Set(UnitNumber.Value, UnitNumber.CovariateDenominator, products.ValueCovariateDenominators);
        moments.Set(UnitNumber.Value, UnitNumber.History, products.ValueHistories);
        moments.Set(UnitNumber.Denominator, UnitNumber.Covariate, products.DenominatorCovariates);
        moments.Set(UnitNumber.Denominator, UnitNumber.CovariateDenominator, products.DenominatorCovariateDenominators);
        moments.Set(UnitNumber.Denominator, UnitNumber.History, products.DenominatorHistories);
        moments.Set(UnitNumber.Covariate, UnitNumber.CovariateDenominator, products.CovariateCovariateDenominators);
        moments.Set(UnitNumber.Covariate, UnitNumber.History, products.Covariates);
        moments.Set(UnitNumber.CovariateDenominator, UnitNumber.History, products.CovariateDenominators);
        return moments;
    }

    public UnitMoments Add(UnitMoments other)
    {
        var sum = new UnitMoments(checked(Units + other.Units), new ExactNumber[Numbers], new ExactNumber[Numbers, Numbers]);
        for (var i = 0; i < Numbers; i++)
        {
            sum._sums[i] = _sums[i] + other._sums[i];
            for (var j = 0; j < Numbers; j++)
            {
                sum._products[i, j] = _products[i, j] + other._products[i, j];
            }
        }

        return sum;
    }

    public ExactNumber Sum(UnitNumber number) => _sums[(int)number];

    public PairedSums Pair(UnitNumber x, UnitNumber y)
    {
        var (i, j) = ((int)x, (int)y);
        return new PairedSums(Units, _sums[i], _sums[j], _products[i, i], _products[j, j], _products[i, j]);
    }

    private static ExactNumber Parse(string number) => ExactNumber.Parse(number);

    private void Set(UnitNumber number, ExactNumber sum, ExactNumber squares)
    {
        _sums[(int)number] = sum;
        _products[(int)number, (int)number] = squares;
    }

    private void Set(UnitNumber x, UnitNumber y, string product) =>
        _products[(int)x, (int)y] = _products[(int)y, (int)x] = Parse(product);
}
