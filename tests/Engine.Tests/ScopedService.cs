namespace Splitstream.Engine.Tests;

/// <summary>A scoped service: one per activation, disposed with it.</summary>
public sealed class ScopedService : IDisposable
{
    public bool IsDisposed { get; private set; }

    public void Dispose() => IsDisposed = true;
}
