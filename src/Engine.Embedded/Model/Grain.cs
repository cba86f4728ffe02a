using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Splitstream.Engine.Embedded;

namespace Orleans;

/// <summary>Base of grain classes. One instance serves one key and runs one turn at a time.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    protected Grain()
        : this(Activation.Current)
    {
    }

    /// <param name="grainContext">Null outside the engine, as in a unit test of a grain's plain methods.</param>
    protected Grain(IGrainContext? grainContext) => GrainContext = grainContext;

    [AllowNull]
    public IGrainContext GrainContext { get; private set; }

    public GrainReference GrainReference => GrainContext.GrainReference;

    /// <summary>Class and key, for logs.</summary>
    public string IdentityString => GrainContext.GrainId.ToString();

    protected IGrainFactory GrainFactory => ServiceProvider.GetRequiredService<IGrainFactory>();

    /// <summary>Services of this activation: scoped ones live as long as it does.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation once the requests that run now are done; later calls go to the next activation.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps this activation from idle collection for the given time from now; zero or less lifts an earlier delay.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => ((Activation)GrainContext).DelayDeactivation(timeSpan);
}
