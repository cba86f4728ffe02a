using Splitstream.Stats.Distributions;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Bandits;

/// <summary>
/// What variants are worth after their shares followed the data. The plain mean of a variant is biased downwards then: a variant that
/// starts unlucky gets fewer units to make up for it. Weighting by the recorded probabilities removes that.
/// </summary>
/// <remarks>
/// Horvitz and Thompson 1952, Hajek 1971, Robins, Rotnitzky and Zhao 1994; under adaptive allocation Hadad, Hirshberg, Zhan, Wager and
/// Athey 2021. Every unit contributes a score whose mean is the estimate; its error is their standard deviation over sqrt(n). That is
/// right while probabilities stay above a floor; intervals at a fixed time, not at a time chosen by the data.
/// </remarks>
public static class AdaptiveEstimates
{
    /// <summary>The mean of one variant over all units.</summary>
    /// <param name="method">How units are weighted.</param>
    /// <param name="observations">All units of the experiment in the order of their assignment, those of other variants too.</param>
    /// <param name="variant">Index of the variant.</param>
    /// <param name="level">Coverage of the interval, in (0, 1).</param>
    /// <param name="predictions">
    /// For <see cref="AdaptiveMethod.DoublyRobust"/>: for every unit one prediction per variant, made from earlier units or other data
    /// only. Null predicts the mean of the variant's earlier units, at first that of all earlier ones, and 0 for the very first.
    /// </param>
    /// <returns>
    /// Inconclusive below two units, when no unit was given the variant, when the variant had probability zero for some unit, when
    /// nothing varies, or when a figure is not finite.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// A variant, probability, outcome or prediction is out of range, or a unit was given a variant of probability zero.
    /// </exception>
    public static Computed<AdaptiveEstimate> Mean(
        AdaptiveMethod method,
        IReadOnlyList<AdaptiveObservation> observations,
        int variant,
        double level = 0.95,
        IReadOnlyList<IReadOnlyList<double>>? predictions = null)
    {
        Check(observations, predictions, level, variant);
        return Scores(method, observations, variant, predictions).TryGet(out var scores, out var why) ? Conclude(scores, level) : why;
    }

    /// <summary>Treatment minus control; arguments and answers as for <see cref="Mean"/>.</summary>
    public static Computed<AdaptiveEstimate> Effect(
        AdaptiveMethod method,
        IReadOnlyList<AdaptiveObservation> observations,
        int control,
        int treatment,
        double level = 0.95,
        IReadOnlyList<IReadOnlyList<double>>? predictions = null)
    {
        Check(observations, predictions, level, control, treatment);
        if (control == treatment)
            throw new ArgumentException("Control and treatment must differ.", nameof(treatment));
        if (!Scores(method, observations, control, predictions).TryGet(out var controls, out var why)
            || !Scores(method, observations, treatment, predictions).TryGet(out var treatments, out why))
            return why;
        return Conclude(treatments.Zip(controls, (t, c) => t - c).ToArray(), level);
    }

    private static Computed<AdaptiveEstimate> Conclude(double[] scores, double level)
    {
        if (!SampleSummary.FromValues(scores).TryGet(out var summary, out var why))
            return why;
        if (!(summary.Variance > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "Every unit has the same score.");
        var error = Math.Sqrt(summary.VarianceOfMean);
        var half = NormalDistribution.Quantile((1 - level) / 2, Tail.Upper) * error;
        return new AdaptiveEstimate(
            summary.Mean, error, new ConfidenceInterval(summary.Mean - half, summary.Mean + half, level), summary.Units);
    }

    /// <summary>One score per unit, whose mean is the estimate.</summary>
    private static Computed<double[]> Scores(
        AdaptiveMethod method,
        IReadOnlyList<AdaptiveObservation> observations,
        int variant,
        IReadOnlyList<IReadOnlyList<double>>? predictions)
    {
        if (observations.Count < 2)
            return new Inconclusive(
                observations.Count == 0 ? Inconclusive.NoUnits : Inconclusive.TooFewUnits, "A variance needs two units.");
        if (observations.Any(o => o.Probabilities[variant] == 0))
            return new Inconclusive(
                Inconclusive.NoSolution, "Some units could not have been given the variant; no weight makes up for that.");
        if (observations.All(o => o.Variant != variant))
            return new Inconclusive(Inconclusive.NoUnits, "No unit was given the variant.");
        var weights = observations.Select(o => o.Variant == variant ? 1 / o.Probabilities[variant] : 0).ToArray();
        var guesses = method switch
        {
            AdaptiveMethod.InversePropensity => new double[weights.Length],
            AdaptiveMethod.SelfNormalised => Constant(observations, weights),
            AdaptiveMethod.DoublyRobust => predictions?.Select(p => p[variant]).ToArray() ?? Earlier(observations, variant),
            _ => throw new ArgumentOutOfRangeException(nameof(method), method, "Unknown method."),
        };
        var scale = method == AdaptiveMethod.SelfNormalised ? weights.Average() : 1;
        var scores = new double[weights.Length];
        for (var i = 0; i < scores.Length; i++)
            scores[i] = guesses[i] + (weights[i] == 0 ? 0 : weights[i] / scale * (observations[i].Outcome - guesses[i]));
        return scores;
    }

    private static double[] Constant(IReadOnlyList<AdaptiveObservation> observations, double[] weights)
    {
        double sum = 0, total = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += weights[i] == 0 ? 0 : weights[i] * observations[i].Outcome;
            total += weights[i];
        }

        var guesses = new double[weights.Length];
        Array.Fill(guesses, sum / total);
        return guesses;
    }

    /// <summary>What was known before each unit, so that scores have no bias.</summary>
    private static double[] Earlier(IReadOnlyList<AdaptiveObservation> observations, int variant)
    {
        var guesses = new double[observations.Count];
        double own = 0, ownCount = 0, all = 0;
        for (var i = 0; i < guesses.Length; i++)
        {
            guesses[i] = ownCount > 0 ? own / ownCount : i > 0 ? all / i : 0;
            all += observations[i].Outcome;
            if (observations[i].Variant == variant)
            {
                own += observations[i].Outcome;
                ownCount++;
            }
        }

        return guesses;
    }

    private static void Check(
        IReadOnlyList<AdaptiveObservation> observations,
        IReadOnlyList<IReadOnlyList<double>>? predictions,
        double level,
        params int[] variants)
    {
        ArgumentNullException.ThrowIfNull(observations);
        Guard.Probability(level);
        foreach (var variant in variants)
            Guard.AtLeast(variant, 0);
        if (predictions is not null && predictions.Count != observations.Count)
            throw new ArgumentException("One list of predictions per unit.", nameof(predictions));
        for (var i = 0; i < observations.Count; i++)
        {
            var (variant, outcome, probabilities) = observations[i];
            Guard.Finite(outcome, nameof(observations));
            ArgumentNullException.ThrowIfNull(probabilities, nameof(observations));
            if (variant < 0 || variant >= probabilities.Count || variants.Any(v => v >= probabilities.Count))
                throw new ArgumentException($"Unit {i} has no probability for a variant.", nameof(observations));
            if (!probabilities.All(p => p >= 0 && p <= 1) || !(Math.Abs(probabilities.Sum() - 1) <= 1e-9))
                throw new ArgumentException($"Probabilities of unit {i} must lie in [0, 1] and sum to 1.", nameof(observations));
            if (probabilities[variant] == 0)
                throw new ArgumentException($"Unit {i} was given a variant of probability zero.", nameof(observations));
            if (predictions is null)
                continue;
            if (predictions[i] is null || predictions[i].Count != probabilities.Count)
                throw new ArgumentException("One prediction per variant.", nameof(predictions));
            foreach (var prediction in predictions[i])
                Guard.Finite(prediction, nameof(predictions));
        }
    }
}
