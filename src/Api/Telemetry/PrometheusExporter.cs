using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Meters = Splitstream.Grains.Interfaces.Telemetry;

namespace Splitstream.Api.Telemetry;

/// <summary>
/// Collects what the server's meter measures and writes it as Prometheus text (exposition format 0.0.4). Counters, gauges, up-down
/// counters and histograms; measuring takes no lock beyond one per series.
/// </summary>
internal sealed class PrometheusExporter : IDisposable
{
    public const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Series of one instrument beyond this number are dropped: a label with unbounded values must not eat the memory.</summary>
    public const int SeriesMax = 2_000;

    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    private readonly MeterListener _listener = new();

    public PrometheusExporter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == Meters.Meter.Name && MetricFamily.TryCreate(instrument) is { } family)
            {
                _families[instrument] = family;
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<float>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((MetricFamily)state!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Everything measured so far.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        using var text = new StringWriter { NewLine = "\n" };

        // Parts may create the same instrument more than once; its text must still stand together.
        foreach (IGrouping<string, MetricFamily> family in _families.Values.GroupBy(family => family.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            MetricFamily.Write(text, [.. family]);
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();
}
