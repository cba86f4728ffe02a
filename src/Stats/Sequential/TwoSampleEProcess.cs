using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Numerics;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Sequential;

/// <summary>
/// Evidence against equal conversion rates of two variants that grows block by block; exactly valid at every look and every sample size.
/// A value, changed by none of its methods.
/// </summary>
/// <remarks>
/// Turner, Ly and Gruenwald 2024 (Statistics and Probability Letters), "Generic e-variables for exact sequential k-sample tests". Each
/// look brings a block of new units, n_A of control and n_B of treatment. Rates th_A and th_B are guessed from the units before it, and
/// the block is bet on them against th_0 = (n_A th_A + n_B th_B) / (n_A + n_B). Why this is fair: at a common rate p one unit of a variant
/// multiplies the evidence by f = p th/th_0 + (1-p) (1-th)/(1-th_0) on average; n_A f_A + n_B f_B = n_A + n_B by the choice of th_0, so
/// f_A^n_A f_B^n_B, the mean of the block, is at most 1. Only the sizes of a block must be fixed before its outcomes.
/// <para>
/// The guesses are posterior means, drawn to each other by the share n / (n + shrinkage) of their difference, n the units per variant: a
/// belief in small effects, which loses less while nothing is known. Any guess from earlier units keeps the evidence valid.
/// </para>
/// </remarks>
public sealed record TwoSampleEProcess
{
    private TwoSampleEProcess(
        BetaPosterior prior, double shrinkageUnits, ConversionCounts control, ConversionCounts treatment, double logEValue)
    {
        Prior = prior;
        ShrinkageUnits = shrinkageUnits;
        Control = control;
        Treatment = treatment;
        LogEValue = logEValue;
    }

    /// <summary>Belief about either rate before any unit.</summary>
    public BetaPosterior Prior { get; }

    /// <summary>Units per variant at which half of the difference seen so far is believed; at least 0.</summary>
    public double ShrinkageUnits { get; }

    /// <summary>Control's units of all blocks so far.</summary>
    public ConversionCounts Control { get; }

    /// <summary>Treatment's units of all blocks so far.</summary>
    public ConversionCounts Treatment { get; }

    /// <summary>Natural logarithm of the evidence; 0 before the second block that has units of both variants. Finite.</summary>
    public double LogEValue { get; }

    /// <summary>Before any unit: e = 1.</summary>
    /// <param name="prior">Fixed before the first unit.</param>
    /// <param name="shrinkageUnits">
    /// Finite, at least 0, fixed before the first unit. 0 takes the posterior means as they are;
    /// 1/<see cref="AsymptoticConfidenceSequence.Rho"/>^2 makes the evidence grow like that of the confidence sequence with that tuning.
    /// </param>
    public static TwoSampleEProcess Start(BetaPosterior prior, double shrinkageUnits)
    {
        ArgumentNullException.ThrowIfNull(prior);
        Guard.NotNegative(shrinkageUnits);
        var none = new ConversionCounts(0, 0);
        return new TwoSampleEProcess(prior, shrinkageUnits, none, none, 0);
    }

    /// <summary>As it stood after some looks, from what was kept of it.</summary>
    /// <param name="prior">As at the start.</param>
    /// <param name="shrinkageUnits">As at the start.</param>
    /// <param name="control">Control's units so far.</param>
    /// <param name="treatment">Treatment's units so far.</param>
    /// <param name="logEValue">Finite.</param>
    public static TwoSampleEProcess Resume(
        BetaPosterior prior, double shrinkageUnits, ConversionCounts control, ConversionCounts treatment, double logEValue)
    {
        ArgumentNullException.ThrowIfNull(prior);
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        Guard.NotNegative(shrinkageUnits);
        Guard.Finite(logEValue);
        control.Check();
        treatment.Check();
        return new TwoSampleEProcess(prior, shrinkageUnits, control, treatment, logEValue);
    }

    /// <summary>After one more block. A block with units of one variant only changes what is known and not the evidence.</summary>
    /// <param name="control">New units of control and those of them that converted.</param>
    /// <param name="treatment">New units of treatment and those of them that converted.</param>
    /// <returns>Inconclusive when the evidence is beyond a double, which takes a prior with parameters near 0 or near 1e300.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More units converted than there are.</exception>
    /// <exception cref="OverflowException">There are more units than a long can count.</exception>
    public Computed<TwoSampleEProcess> Look(ConversionCounts control, ConversionCounts treatment)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        control.Check();
        treatment.Check();
        var log = LogEValue;
        if (control.Units > 0 && treatment.Units > 0 && Control.Units > 0 && Treatment.Units > 0)
            log += LogLikelihoodRatio(control, treatment);
        return double.IsFinite(log)
            ? new TwoSampleEProcess(Prior, ShrinkageUnits, Sum(Control, control), Sum(Treatment, treatment), log)
            : new Inconclusive(Inconclusive.Overflow, "The evidence is outside the range of a double.");
    }

    private double LogLikelihoodRatio(ConversionCounts control, ConversionCounts treatment)
    {
        var (a, b) = (Prior.Update(Control), Prior.Update(Treatment));
        double units = AsymptoticConfidenceSequence.UnitsPerVariant(Control.Units, Treatment.Units);
        var believed = units / (units + ShrinkageUnits) * BetaComparison.DifferenceOfMeans(a, b);
        var (rate, failureRate) = ((a.Mean + b.Mean) / 2, (a.Mirror().Mean + b.Mirror().Mean) / 2);

        // th_A and th_B lie half the believed difference below and above the middle; th_0 lies between them by the sizes of the block.
        var shareOfTreatment = treatment.Units / ((double)control.Units + treatment.Units);
        var offNull = believed * (shareOfTreatment - 0.5);
        var (nullRate, nullFailureRate) = (rate + offNull, failureRate - offNull);
        return Of(control, -believed * shareOfTreatment) + Of(treatment, believed * (1 - shareOfTreatment));

        double Of(ConversionCounts counts, double off) =>
            Times(counts.Conversions, off / nullRate) + Times(counts.Failures, -off / nullFailureRate);

        static double Times(long count, double excess) => count == 0 ? 0 : count * Elementary.Log1p(excess);
    }

    private static ConversionCounts Sum(ConversionCounts one, ConversionCounts other) =>
        new(checked(one.Units + other.Units), checked(one.Conversions + other.Conversions));
}
