namespace Splitstream.Stats.Calibration;

/// <summary>Adds what became mature at each look to the sums of a run.</summary>
internal abstract class OutcomeSampler
{
    /// <summary>Adds the values of the units that became mature at <paramref name="look"/>, of every variant.</summary>
    public abstract void Advance(int look, Sums sums, ref RunRandom random);

    /// <summary>The same sampler for another thread.</summary>
    public virtual OutcomeSampler Fork() => this;

    /// <param name="effects">Absolute effect per variant on the mean; a conversion's rate stays in (0, 1).</param>
    public static OutcomeSampler Create(OutcomeModel model, LookPlan plan, IReadOnlyList<double> effects) => model switch
    {
        ConversionModel conversion => new ConversionSampler(plan, [.. effects.Select(effect => conversion.Rate + effect)]),
        NormalModel normal => new NormalSampler(plan, effects, normal),
        ResampledModel resampled => new ResamplingSampler(plan, effects, resampled),
        ReplayedModel replayed => new ResplitSampler(plan, replayed),
        _ => throw new ArgumentException("Unknown model.", nameof(model)),
    };
}
