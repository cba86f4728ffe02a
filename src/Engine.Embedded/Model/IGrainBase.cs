using Orleans.Runtime;

namespace Orleans;

/// <summary>What the engine needs of a grain class; <see cref="Grain"/> implements it, a plain class may as well.</summary>
public interface IGrainBase
{
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first request of this activation. Throwing fails the waiting calls and leaves no activation.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last request of this activation. What it throws is logged and changes nothing.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
