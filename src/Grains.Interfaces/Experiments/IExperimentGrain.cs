using Orleans;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Grains.Interfaces.Experiments;

public enum LifecycleAction
{
    Start,
    Close,
    Pause,
    Resume,
    Stop,
    Archive,
}

/// <summary>Who did it, as the audit writes it: the name of an API key, or <c>system</c>.</summary>
[GenerateSerializer, Alias("splitstream.actor")]
public sealed record Actor([property: Id(0)] string Name)
{
    public static Actor System { get; } = new("system");
}

/// <summary>Owns configuration, lifecycle, epochs and audit of one experiment (key: the experiment's key); its only writer.</summary>
[Alias("splitstream.IExperimentGrain")]
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>Refuses with <c>ExperimentAlreadyExists</c>, or with what names an unknown metric or group.</summary>
    [Alias("Create")]
    Task<Outcome<ExperimentState>> CreateAsync(ExperimentDefinition definition, Actor actor);

    [Alias("Get")]
    Task<Outcome<ExperimentState>> GetAsync();

    /// <summary>Refuses with <c>StaleVersion</c> unless <paramref name="expectedVersion"/> is the current one.</summary>
    [Alias("Edit")]
    Task<Outcome<ExperimentState>> EditAsync(ExperimentEdit edit, long expectedVersion, Actor actor);

    /// <param name="expectedVersion">Null accepts any version.</param>
    /// <param name="winner">With <see cref="LifecycleAction.Stop"/>: the variant that everybody gets from now on; null for none.</param>
    [Alias("Transition")]
    Task<Outcome<ExperimentState>> TransitionAsync(LifecycleAction action, long? expectedVersion, string? winner, Actor actor);
}
