using Splitstream.Grains.Interfaces;

namespace Splitstream.Silo.Hosting;

/// <summary>Measures how this server hears of changes, and what it last read of the servers of its database.</summary>
public sealed class NodeTelemetry
{
    private long _beat;
    private long _registered;
    private long _silent;

    public NodeTelemetry(TimeProvider time)
    {
        _beat = time.GetTimestamp();
        Telemetry.Meter.CreateObservableGauge(
            "splitstream.node.heartbeat_age_seconds",
            () => time.GetElapsedTime(Volatile.Read(ref _beat)).TotalSeconds,
            "s",
            "Time since the begin of the last heartbeat that came back to this server; before the first, since it started.");
        Telemetry.Meter.CreateObservableGauge(
            "splitstream.nodes.registered", () => Volatile.Read(ref _registered), null, "Servers that changes wait for, as this server last read.");
        Telemetry.Meter.CreateObservableGauge(
            "splitstream.nodes.silent",
            () => Silent,
            null,
            "Registered servers that have not beaten for two leases, as this server last read; the next change waits for them once.");
    }

    /// <summary>Registered servers that have not beaten for two leases, as this server last read.</summary>
    public long Silent => Volatile.Read(ref _silent);

    /// <param name="begun">Timestamp of before the heartbeat was sent.</param>
    public void Beat(long begun) => Volatile.Write(ref _beat, begun);

    public void Count((long Registered, long Silent) nodes)
    {
        Volatile.Write(ref _registered, nodes.Registered);
        Volatile.Write(ref _silent, nodes.Silent);
    }
}
