namespace Splitstream.Deployment.Tests.Live;

/// <summary>Runs the units of an installation: systemd where this machine allows, else what does as the files say.</summary>
internal interface IUnits : IAsyncDisposable
{
    /// <summary>What runs them, for the test's output.</summary>
    string Description { get; }

    /// <summary>Where a path of the installed host is now; files may be edited there.</summary>
    string Locate(string path);

    /// <summary>Returns when a service runs, or when a one-shot service is done.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message says why.</exception>
    Task StartAsync(string unit);

    Task StopAsync(string unit);

    /// <summary>Sends SIGKILL to the unit's processes; whether they are started again is the unit's matter.</summary>
    Task KillAsync(string unit);

    /// <summary>Restarts servers one by one, each only when the one before is ready.</summary>
    Task RollAsync(params int[] ports);
}
