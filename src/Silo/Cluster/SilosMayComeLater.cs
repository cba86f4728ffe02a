using Orleans;

namespace Splitstream.Silo.Cluster;

/// <summary>A client that starts before the silos waits for them, for as long as it is let live.</summary>
internal sealed class SilosMayComeLater(TimeProvider time, ILogger<SilosMayComeLater> log) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        log.LogWarning("No silo of the cluster answers yet: {Reason}", exception.Message);
        await Task.Delay(Pause, time, cancellationToken);
        return true;
    }
}
