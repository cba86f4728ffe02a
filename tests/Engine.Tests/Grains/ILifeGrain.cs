using Orleans;
using Orleans.Concurrency;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>Notes when it activates and deactivates.</summary>
internal interface ILifeGrain : IGrainWithStringKey
{
    /// <summary>How many activations of this key there have been, this one included.</summary>
    Task<int> ActivationNumberAsync();

    Task PassAsync(string step);

    /// <summary>Asks for deactivation, then passes the step.</summary>
    Task DeactivateAsync(string step);

    Task DelayDeactivationAsync(TimeSpan delay);

    /// <summary>Makes OnDeactivateAsync pass the step "leaving".</summary>
    Task HoldLeavingAsync();

    Task FailLeavingAsync();

    /// <summary>Makes OnDeactivateAsync call the other grain, and note its answer or that the engine refused the call.</summary>
    Task CallWhenLeavingAsync(string other);

    /// <summary>Shows the scoped service of this activation on the board.</summary>
    Task ShowScopedServiceAsync();

    [AlwaysInterleave]
    Task LookAsync();
}
