namespace Splitstream.Grains.Interfaces.Errors;

/// <summary>The database cannot be reached or refuses to work; nothing was acknowledged. Becomes 503 with Retry-After.</summary>
public sealed class StorageUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
