using System.Diagnostics.Metrics;

namespace Splitstream.Grains.Interfaces;

/// <summary>The one meter of the platform; <c>/metrics</c> prints what is measured on it.</summary>
public static class Telemetry
{
    public static Meter Meter { get; } = new("Splitstream");
}
