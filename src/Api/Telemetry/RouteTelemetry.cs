using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Meters = Splitstream.Grains.Interfaces.Telemetry;

namespace Splitstream.Api.Telemetry;

/// <summary>Counts and times the requests of one route, by status.</summary>
internal sealed class RouteTelemetry(string method, string pattern)
{
    private static readonly Histogram<double> Duration = Meters.Meter.CreateHistogram<double>(
        "splitstream_http_request_duration_seconds",
        unit: "s",
        description: "Time from a request's headers to its answer, by route and status; its count is the number of requests.");

    private readonly KeyValuePair<string, object?> _method = new("method", method);
    private readonly KeyValuePair<string, object?> _route = new("route", pattern);
    private readonly ConcurrentDictionary<int, KeyValuePair<string, object?>> _statuses = new();

    public void Record(int status, TimeSpan elapsed)
    {
        if (!Duration.Enabled)
        {
            return;
        }

        KeyValuePair<string, object?> tag = _statuses.GetOrAdd(status, static code => new("status", code));
        Duration.Record(elapsed.TotalSeconds, _method, _route, tag);
    }
}
