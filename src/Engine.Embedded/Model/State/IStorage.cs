namespace Orleans.Core;

/// <summary>One stored value of a grain.</summary>
public interface IStorage
{
    /// <summary>The version that was read or written last; null when nothing is stored.</summary>
    string? Etag { get; }

    bool RecordExists { get; }

    /// <summary>Removes the stored value and sets the one in memory to a new one.</summary>
    /// <exception cref="Storage.InconsistentStateException">The stored version is not <see cref="Etag"/>.</exception>
    Task ClearStateAsync();

    /// <summary>Stores the value in memory.</summary>
    /// <exception cref="Storage.InconsistentStateException">The stored version is not <see cref="Etag"/>.</exception>
    Task WriteStateAsync();

    /// <summary>Replaces the value in memory by the stored one, or by a new one where nothing is stored.</summary>
    Task ReadStateAsync();

    /// <inheritdoc cref="ClearStateAsync()"/>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <inheritdoc cref="WriteStateAsync()"/>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <inheritdoc cref="ReadStateAsync()"/>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}

/// <inheritdoc cref="IStorage"/>
public interface IStorage<TState> : IStorage
{
    TState State { get; set; }
}
