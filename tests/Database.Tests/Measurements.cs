using System.Diagnostics.Metrics;
using Splitstream.Grains.Interfaces;

namespace Splitstream.Database.Tests;

/// <summary>Reads what is measured, of each name the instrument that was made last: the one of the part under test.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly Dictionary<string, Instrument> _latest = [];
    private readonly Dictionary<(Instrument, string), double> _values = [];
    private readonly MeterListener _listener = new();

    public Measurements()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == Telemetry.Meter)
            {
                _latest[instrument.Name] = instrument;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    /// <param name="tags">Values of the tags in their order, joined by spaces.</param>
    public double Read(string name, string tags = "")
    {
        _listener.RecordObservableInstruments();
        return _values[(_latest[name], tags)];
    }

    /// <summary>Whether the latest instrument of the name measures anything.</summary>
    public bool IsThere(string name)
    {
        _listener.RecordObservableInstruments();
        return _values.ContainsKey((_latest[name], ""));
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = (instrument, string.Join(' ', tags.ToArray().Select(tag => tag.Value)));
        _values[key] = instrument.IsObservable ? value : _values.GetValueOrDefault(key) + value;
    }
}
