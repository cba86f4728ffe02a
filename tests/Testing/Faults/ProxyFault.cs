namespace Splitstream.Testing.Faults;

/// <summary>What a proxy does to its connections.</summary>
internal enum FaultKind
{
    None,
    Delay,
    Cut,
    Drop,
    CutBeforeReply,
    CutAfterReply,
}

/// <summary>A fault from the moment it is set until another takes its place.</summary>
internal sealed class ProxyFault(FaultKind kind, TimeSpan toServer = default, TimeSpan toClient = default)
{
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A new value each time, because each can be replaced once.</summary>
    public static ProxyFault None => new(FaultKind.None);

    public FaultKind Kind => kind;

    /// <summary>Complete when a fault that strikes once has done so.</summary>
    public Task Happened => _happened.Task;

    public void Replace() => _replaced.TrySetResult();

    public void SetHappened() => _happened.TrySetResult();

    /// <summary>Waits as long as a piece is to be held back, or until the fault is replaced.</summary>
    public async Task HoldBackAsync(bool isReply, TimeProvider time)
    {
        var delay = isReply ? toClient : toServer;
        if (delay <= TimeSpan.Zero) return;
        using var cancellation = new CancellationTokenSource();
        await Task.WhenAny(Task.Delay(delay, time, cancellation.Token), _replaced.Task);
        await cancellation.CancelAsync();
    }
}
