using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Grains.Interfaces.Catalog;

/// <summary>Whether what this process remembers is what the database holds.</summary>
public interface IFreshness
{
    /// <summary>True while every change reaches this process before it is answered anywhere; then nothing needs to be read again.</summary>
    bool IsAssured { get; }

    /// <summary>Makes configuration and keys as new as the database's, unless they are assured to be.</summary>
    /// <exception cref="StorageUnavailableException">The database cannot be reached, and has been away for too long.</exception>
    ValueTask<Trust> EnsureAsync(CancellationToken cancellation);
}

/// <summary>What may be believed.</summary>
public enum Trust
{
    /// <summary>Everything in memory.</summary>
    Memory,

    /// <summary>Configuration and keys, which were read just now; rows are to be read from the database.</summary>
    Database,

    /// <summary>Nothing; but the database is away, and what is remembered may be answered when it is called stale.</summary>
    Stale,
}
