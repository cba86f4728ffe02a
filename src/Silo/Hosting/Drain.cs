using Splitstream.Silo.Options;

namespace Splitstream.Silo.Hosting;

/// <summary>
/// Between the word to end and the end: the server answers as before but calls itself not ready, so that whoever spreads requests over
/// several servers sends the next ones elsewhere.
/// </summary>
public sealed class Drain(ServerOptions options, TimeProvider time) : IHostedLifecycleService
{
    private volatile bool _hasBegun;

    public bool HasBegun => _hasBegun;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        var isRepeated = _hasBegun;
        _hasBegun = true;
        if (!isRepeated && options.DrainSeconds > 0)
        {
            await Task.Delay(TimeSpan.FromSeconds(options.DrainSeconds), time, cancellationToken);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
