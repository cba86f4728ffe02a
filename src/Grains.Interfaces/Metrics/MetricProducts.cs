namespace Splitstream.Grains.Interfaces.Metrics;

/// <summary>
/// Exact sums and cross products over the units of a metric that has more than one number per unit. A unit has a value, a denominator
/// (ratios), a history of 1 or 0 (whether it had any event in the look-back) and, from the look-back, a covariate and its denominator.
/// What a metric does not have is 0. The sum and the squares of the value stand beside it in <see cref="MetricSum"/>.
/// </summary>
/// <param name="Histories">Units with a history; the covariate of all others is 0.</param>
public sealed record MetricProducts(
    string Denominators,
    string DenominatorSquares,
    string ValueDenominators,
    string Histories,
    string ValueHistories,
    string DenominatorHistories,
    string Covariates,
    string CovariateSquares,
    string ValueCovariates,
    string DenominatorCovariates,
    string CovariateDenominators,
    string CovariateDenominatorSquares,
    string CovariateCovariateDenominators,
    string ValueCovariateDenominators,
    string DenominatorCovariateDenominators);
