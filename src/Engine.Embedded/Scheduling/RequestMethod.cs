using System.Reflection;
using Orleans.Concurrency;

namespace Splitstream.Engine.Embedded;

/// <summary>What the scheduler needs to know of a called method.</summary>
internal sealed record RequestMethod(string Name, bool Interleaves, bool ReadOnly, bool OneWay)
{
    /// <summary>Whether callers give up after the response timeout.</summary>
    public bool Expires { get; init; } = true;

    /// <summary>Whether a request counts as use of its activation.</summary>
    public bool KeepsAlive { get; init; } = true;

    /// <summary>A tick of one activation's timer: dies with it, while calls move on to the next activation.</summary>
    public bool BelongsToActivation { get; init; }

    public static RequestMethod Of(MethodInfo method) => new(
        $"{method.DeclaringType!.Name}.{method.Name}",
        method.IsDefined(typeof(AlwaysInterleaveAttribute)),
        method.IsDefined(typeof(ReadOnlyAttribute)),
        method.IsDefined(typeof(OneWayAttribute)));
}
