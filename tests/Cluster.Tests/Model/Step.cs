using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Cluster.Tests.Model;

/// <summary>One thing that a client, a person or the machine does. Experiments have one-letter names, weights one digit per variant.</summary>
public abstract record Step;

/// <param name="Experiments">The letters of those asked for; empty for all that run.</param>
/// <param name="Country">The only attribute there is; null when the client tells none.</param>
/// <param name="DryRun">True to see what would be answered, and commit nothing.</param>
public sealed record Ask(string Unit, string Experiments, string? Country, bool DryRun) : Step;

/// <summary>An experiment is created and started; see <see cref="ReferenceModel.IsInGroup"/>.</summary>
public sealed record Join(char Experiment) : Step;

public sealed record Move(char Experiment, LifecycleAction Action, string? Winner) : Step;

public sealed record EditWeights(char Experiment, string Weights) : Step;

public sealed record EditTraffic(char Experiment, double Traffic) : Step;

/// <param name="Country">The only country targeted; null for everyone.</param>
public sealed record EditTargeting(char Experiment, string? Country) : Step;

/// <param name="Unit">The only unit that is set to <paramref name="Variant"/>; null for none.</param>
public sealed record EditOverride(char Experiment, string? Unit, string Variant) : Step;

public sealed record Rebucket(string Unit, char Experiment) : Step;

/// <summary>The server ends, and another one starts over the same database.</summary>
public sealed record Restart : Step;
