using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Nodes;
using Splitstream.Storage.Database;

namespace Splitstream.Silo.Hosting;

/// <summary>Knows the faults of PostgreSQL, of its driver, and of an engine whose grains are out of reach.</summary>
public sealed class InfrastructureFaults : IFaults
{
    public bool IsUnavailable(Exception exception) => SplitstreamDatabase.IsUnavailable(exception) || EngineFaults.IsOutOfReach(exception);
}
