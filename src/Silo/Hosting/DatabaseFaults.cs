using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Storage.Database;

namespace Splitstream.Silo.Hosting;

/// <summary>Knows the faults of PostgreSQL and its driver.</summary>
public sealed class DatabaseFaults : IFaults
{
    public bool IsUnavailable(Exception exception) => SplitstreamDatabase.IsUnavailable(exception);
}
