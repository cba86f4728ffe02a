using Splitstream.Stats.Distributions;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Frequentist;

/// <summary>Two-sided t tests of two means from summaries, treatment minus control; plain, or stratified by epoch.</summary>
public static class MeanDifferenceTest
{
    private const long MinimumUnits = 2;

    /// <summary>Below this a sum of squared variances has lost digits to underflow.</summary>
    private const double SmallestCurvature = 1e-290;

    /// <summary>Welch's test: unequal variances, Satterthwaite's degrees of freedom.</summary>
    /// <returns>Inconclusive below two units in a variant, or when neither varies.</returns>
    /// <remarks>Welch 1947; Satterthwaite 1946 for (a + b)^2 / (a^2/(n1-1) + b^2/(n2-1)), a = s1^2/n1, b = s2^2/n2.</remarks>
    public static Computed<MeanTestResult> Welch(SampleSummary control, SampleSummary treatment, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        return Welch(control, treatment, treatment.Mean - control.Mean, level);
    }

    /// <summary>Welch's test from one value per unit.</summary>
    /// <param name="control">Finite values.</param>
    /// <param name="treatment">Finite values.</param>
    /// <param name="level">Coverage of the interval, in (0, 1).</param>
    /// <returns>As <see cref="Welch(SampleSummary, SampleSummary, double)"/>.</returns>
    public static Computed<MeanTestResult> Welch(IReadOnlyList<double> control, IReadOnlyList<double> treatment, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        if (control.Count == 0 || treatment.Count == 0)
            return NoUnits();
        if (!SampleSummary.FromValues(control).TryGet(out var c, out var why)
            || !SampleSummary.FromValues(treatment).TryGet(out var t, out why))
            return why;

        // With what the last bits of the means lost: a small difference of large values keeps its digits.
        var effect = (t.Mean - c.Mean) + (Deviations.MeanOf(treatment).Lost - Deviations.MeanOf(control).Lost);
        return Welch(c, t, effect, level);
    }

    /// <summary>Student's test: one variance for both variants, n1 + n2 - 2 degrees of freedom.</summary>
    /// <returns>As <see cref="Welch(SampleSummary, SampleSummary, double)"/>.</returns>
    /// <remarks>Student 1908. For comparison with other tools; decisions are made with unequal variances.</remarks>
    public static Computed<MeanTestResult> Pooled(SampleSummary control, SampleSummary treatment, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        Guard.Probability(level);
        if (Refusal(control, treatment) is { } refusal)
            return refusal;
        double df = control.Units - 1 + (treatment.Units - 1);
        var squares = (control.Units - 1) * control.Variance + (treatment.Units - 1) * treatment.Variance;
        var pooled = squares / df;
        var a = pooled / control.Units;
        var b = pooled / treatment.Units;
        return Conclude(
            new Combined
            {
                ControlMean = control.Mean,
                TreatmentMean = treatment.Mean,
                Effect = treatment.Mean - control.Mean,
                ControlVariance = a,
                TreatmentVariance = b,
                Variance = a + b,
                SquaresWithin = squares,
                DegreesWithin = df,
                Epochs = 1,
            },
            level,
            df);
    }

    /// <summary>
    /// Welch's test over epochs: effect = sum of w_e (m_t,e - m_c,e), variance = sum of w_e^2 (s_t,e^2/n_t,e + s_c,e^2/n_c,e) with
    /// the weights of <see cref="EpochWeights"/>, Satterthwaite's degrees of freedom over all 2 E terms. One epoch gives
    /// <see cref="Welch(SampleSummary, SampleSummary, double)"/> to the bit.
    /// </summary>
    /// <returns>Inconclusive when no epoch has two units in both variants, or when nothing varies.</returns>
    /// <remarks>Greenland and Robins 1985 for the weights; Satterthwaite 1946 for the sum of independent variance estimates.</remarks>
    public static Computed<MeanTestResult> Stratified(IReadOnlyList<EpochSamples> epochs, double level = 0.95)
    {
        ArgumentNullException.ThrowIfNull(epochs);
        Guard.Probability(level);
        var units = epochs.Select(e => (IReadOnlyList<long>)[e.Control.Units, e.Treatment.Units]).ToArray();
        var weights = EpochWeights.Compute(units, MinimumUnits);
        var combined = new Combined();
        for (var e = 0; e < epochs.Count; e++)
        {
            var w = weights[e];
            if (w == 0)
                continue;
            var (control, treatment) = (epochs[e].Control, epochs[e].Treatment);
            var a = w * w * control.VarianceOfMean;
            var b = w * w * treatment.VarianceOfMean;
            combined.ControlMean += w * control.Mean;
            combined.TreatmentMean += w * treatment.Mean;
            combined.Effect += w * (treatment.Mean - control.Mean);
            combined.ControlVariance += a;
            combined.TreatmentVariance += b;
            combined.Variance += a + b;
            combined.Curvature += a * a / (control.Units - 1) + b * b / (treatment.Units - 1);
            combined.SquaresWithin += (control.Units - 1) * control.Variance + (treatment.Units - 1) * treatment.Variance;
            combined.DegreesWithin += control.Units - 1 + (treatment.Units - 1);
            combined.Epochs++;
        }

        if (combined.Epochs == 0)
        {
            var any = epochs.Any(e => e.Control.Units > 0 && e.Treatment.Units > 0);
            return any ? TooFewUnits() : NoUnits();
        }

        return Conclude(combined, level);
    }

    private static Computed<MeanTestResult> Welch(SampleSummary control, SampleSummary treatment, double effect, double level)
    {
        Guard.Probability(level);
        if (Refusal(control, treatment) is { } refusal)
            return refusal;
        var a = control.VarianceOfMean;
        var b = treatment.VarianceOfMean;
        return Conclude(
            new Combined
            {
                ControlMean = control.Mean,
                TreatmentMean = treatment.Mean,
                Effect = effect,
                ControlVariance = a,
                TreatmentVariance = b,
                Variance = a + b,
                Curvature = a * a / (control.Units - 1) + b * b / (treatment.Units - 1),
                SquaresWithin = (control.Units - 1) * control.Variance + (treatment.Units - 1) * treatment.Variance,
                DegreesWithin = control.Units - 1 + (treatment.Units - 1),
                Epochs = 1,
            },
            level);
    }

    private static Inconclusive? Refusal(SampleSummary control, SampleSummary treatment)
    {
        if (control.Units < 1 || treatment.Units < 1)
            return NoUnits();
        return control.Units < MinimumUnits || treatment.Units < MinimumUnits ? TooFewUnits() : null;
    }

    private static Computed<MeanTestResult> Conclude(Combined c, double level, double? fixedDegrees = null)
    {
        if (!(c.Variance > 0))
            return new Inconclusive(Inconclusive.ZeroVariance, "Every unit of each variant has the same value.");
        if (fixedDegrees is null && !(c.Curvature > SmallestCurvature))
            return new Inconclusive(Inconclusive.Overflow, "The variances are too small for a double's square.");
        var df = fixedDegrees ?? c.Variance * c.Variance / c.Curvature;
        var standardError = Math.Sqrt(c.Variance);
        var t = c.Effect / standardError;
        var pooledDeviation = Math.Sqrt(c.SquaresWithin / c.DegreesWithin);
        if (!double.IsFinite(t) || !double.IsFinite(df) || !double.IsFinite(c.Effect / pooledDeviation))
            return new Inconclusive(Inconclusive.Overflow, "The means or variances are outside the range of a double.");
        var half = StudentDistribution.Quantile((1 - level) / 2, df, Tail.Upper) * standardError;
        if (!double.IsFinite(half))
            return new Inconclusive(Inconclusive.Overflow, "The interval is outside the range of a double.");
        return new MeanTestResult(
            c.ControlMean,
            c.TreatmentMean,
            c.Effect,
            standardError,
            t,
            df,
            StudentDistribution.TwoSided(t, df),
            new ConfidenceInterval(c.Effect - half, c.Effect + half, level),
            c.Effect / pooledDeviation,
            RelativeLift.Compute(c.ControlMean, c.ControlVariance, c.TreatmentMean, c.TreatmentVariance, level),
            c.Epochs);
    }

    private static Inconclusive NoUnits() => new(Inconclusive.NoUnits, "A variant has no units.");

    private static Inconclusive TooFewUnits() => new(Inconclusive.TooFewUnits, "A variance needs two units in each variant.");

    /// <summary>Running sums over epochs; a struct of locals, never handed out.</summary>
    private struct Combined
    {
        public double ControlMean;
        public double TreatmentMean;
        public double Effect;
        public double ControlVariance;
        public double TreatmentVariance;
        public double Variance;
        public double Curvature;
        public double SquaresWithin;
        public double DegreesWithin;
        public int Epochs;
    }
}
