using Splitstream.Stats.Decisions;

namespace Splitstream.Stats.Calibration;

/// <summary>A method applied to one run after another; holds what a run has to remember from look to look.</summary>
internal abstract class MethodTest
{
    /// <summary>The same test for another thread; what is worked out beforehand is shared.</summary>
    public abstract MethodTest Fork();

    /// <summary>A new run begins.</summary>
    public virtual void Begin()
    {
    }

    /// <summary>At every look, also those that cannot decide.</summary>
    public virtual void Watch(int look, Sums sums)
    {
    }

    /// <summary>
    /// False when no treatment can have passed. Otherwise fills in who wins and loses, treatments in the order of variants without control.
    /// </summary>
    public abstract bool Judge(int look, Sums sums, Span<TreatmentStanding> standings);

    /// <summary>Normal deviates of P(better) after <see cref="Judge"/> answered true; empty for methods without a posterior threshold.</summary>
    public virtual ReadOnlySpan<double> Deviates => [];

    public static MethodTest Create(ExperimentDesign design, LookPlan plan, Evidence evidence) => design.Rule.Method switch
    {
        RuleMethod.Posterior when evidence.IsConversion => new ConversionPosteriorTest(design, plan, evidence),
        RuleMethod.Posterior => new NormalPosteriorTest(design, evidence),
        RuleMethod.AlwaysValid => new AlwaysValidTest(design, plan, evidence),
        RuleMethod.GroupSequential or RuleMethod.FixedHorizon => new BoundaryTest(design, plan, evidence),
        _ => throw new ArgumentOutOfRangeException(nameof(design), design.Rule.Method, "Unknown method."),
    };
}
