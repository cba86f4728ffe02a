using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Somebody else changed the stored value. A request that ends with it also ends its activation, so that the next one reads anew.</summary>
public class InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag) : OrleansException(errorMsg)
{
    /// <summary>The version in the store, where known.</summary>
    public string? StoredEtag { get; } = storedEtag;

    /// <summary>The version that the writer had.</summary>
    public string? CurrentEtag { get; } = currentEtag;
}
