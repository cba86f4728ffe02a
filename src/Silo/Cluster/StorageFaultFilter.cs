using Orleans;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Silo.Cluster;

/// <summary>
/// Says in one exception of our own that the database was away: those of the driver do not travel between processes, and the caller must
/// know that it may try again.
/// </summary>
internal sealed class StorageFaultFilter(IFaults faults, ILogger<StorageFaultFilter> log) : IIncomingGrainCallFilter
{
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception exception) when (exception is not StorageUnavailableException && faults.IsUnavailable(exception))
        {
            log.LogWarning("A call of {Grain} met lost infrastructure: {Reason}", context.TargetId, exception.GetBaseException().Message);
            throw new StorageUnavailableException(exception.Message);
        }
    }
}
