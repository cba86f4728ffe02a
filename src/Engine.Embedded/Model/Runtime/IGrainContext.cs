namespace Orleans.Runtime;

/// <summary>One activation of a grain, as its own code may see it.</summary>
public interface IGrainContext
{
    GrainReference GrainReference { get; }

    GrainId GrainId { get; }

    /// <summary>The object of the grain class; null before activation and after deactivation.</summary>
    object? GrainInstance { get; }

    IServiceProvider ActivationServices { get; }

    /// <summary>Complete when this activation has ended.</summary>
    Task Deactivated { get; }

    /// <summary>Asks for the end of this activation once its running requests are done, and returns at once.</summary>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
