using Orleans.Runtime;
using Orleans.Storage;

namespace Splitstream.Grains.Nodes;

/// <summary>Tells a grain that is out of reach from one that failed.</summary>
public static class EngineFaults
{
    /// <summary>
    /// True when the engine could not bring a call to its grain, or the answer back: the server that holds it has gone or is going. The call
    /// may have run.
    /// </summary>
    public static bool IsOutOfReach(Exception exception) =>
        exception is OrleansException and not InconsistentStateException and not ReminderException;
}
