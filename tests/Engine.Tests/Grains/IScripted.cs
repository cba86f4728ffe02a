using Orleans;
using Orleans.Concurrency;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>Steps that stop at gates of the grain's board, each under another rule of interleaving.</summary>
internal interface IScripted : IGrainWithStringKey
{
    Task PassAsync(string step);

    [AlwaysInterleave]
    Task PassInterleavingAsync(string step);

    [ReadOnly]
    Task PassReadOnlyAsync(string step);

    /// <summary>Waits at no gate: when it answers, everything sent before it has started or must wait.</summary>
    [AlwaysInterleave]
    Task LookAsync();
}

internal interface IPlainGrain : IScripted
{
    /// <summary>Notes its number.</summary>
    Task NumberAsync(int number);
}

internal interface IReentrantGrain : IScripted
{
    /// <summary>Adds one in two turns; checks that no other turn runs meanwhile on another thread.</summary>
    Task<int> AddOneAsync();

    /// <summary>Passes the step without an await: its turn lasts, and keeps its thread, until the gate opens.</summary>
    Task BlockTurnAsync(string step);

    /// <summary>Notes "step continues" in a continuation that asks to run at once where the gate is opened.</summary>
    Task ContinueAtGateAsync(string step);

    /// <summary>Calls itself through its own reference.</summary>
    Task PassThroughSelfAsync(string step);
}
