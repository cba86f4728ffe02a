using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Splitstream.Api.Telemetry;

/// <summary>The series of one instrument, by their labels.</summary>
internal sealed class MetricFamily
{
    /// <summary>Upper bounds of durations in seconds, where an instrument advises none.</summary>
    private static readonly double[] DefaultBounds =
        [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<LabelSet, MetricSeries> _series = new();
    private readonly ConcurrentDictionary<LabelSet, MetricSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>> _byTags;
    private readonly string _help;
    private readonly string _type;
    private readonly double[]? _bounds;
    private readonly bool _replaces;

    private MetricFamily(Instrument instrument, string type, bool replaces, double[]? bounds)
    {
        Name = Sanitise(instrument.Name) + (type == "counter" && !instrument.Name.EndsWith("_total", StringComparison.Ordinal) ? "_total" : "");
        _help = (instrument.Description ?? instrument.Name).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        _type = type;
        _replaces = replaces;
        _bounds = bounds;
        _series = new(LabelSet.Comparer.Instance);
        _byTags = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
    }

    public string Name { get; }

    /// <summary>The family of an instrument, or null when its kind is not known.</summary>
    public static MetricFamily? TryCreate(Instrument instrument)
    {
        Type kind = instrument.GetType().IsGenericType ? instrument.GetType().GetGenericTypeDefinition() : typeof(object);
        return kind == typeof(Counter<>) ? new(instrument, "counter", replaces: false, null)
            : kind == typeof(ObservableCounter<>) ? new(instrument, "counter", replaces: true, null)
            : kind == typeof(UpDownCounter<>) ? new(instrument, "gauge", replaces: false, null)
            : kind == typeof(ObservableUpDownCounter<>) || kind == typeof(ObservableGauge<>) || kind == typeof(Gauge<>)
                ? new(instrument, "gauge", replaces: true, null)
            : kind == typeof(Histogram<>) ? new(instrument, "histogram", replaces: false, Bounds(instrument))
            : null;
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!_byTags.TryGetValue(tags, out MetricSeries? series))
        {
            if (_series.Count >= PrometheusExporter.SeriesMax)
            {
                return;
            }

            series = _series.GetOrAdd(new LabelSet(tags), _ => new MetricSeries(_bounds));
        }

        series.Record(value, _replaces);
    }

    /// <summary>Writes families of one name.</summary>
    public static void Write(TextWriter text, IReadOnlyList<MetricFamily> families)
    {
        MetricFamily first = families[0];
        text.WriteLine($"# HELP {first.Name} {first._help}");
        text.WriteLine($"# TYPE {first.Name} {first._type}");
        IEnumerable<(string Labels, MetricSeries Series)> all = families
            .SelectMany(family => family._series.Select(pair => (pair.Key.Text, pair.Value)))
            .OrderBy(pair => pair.Text, StringComparer.Ordinal);
        foreach ((string labels, MetricSeries series) in all)
        {
            series.Write(text, first.Name, labels);
        }
    }

    private static double[] Bounds(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds.Select(bound => (double)bound)],
        Histogram<int> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => [.. bounds.Select(bound => (double)bound)],
        _ => DefaultBounds,
    };

    private static string Sanitise(string name)
    {
        var text = new StringBuilder(name);
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = char.IsAsciiLetterOrDigit(text[i]) ? text[i] : '_';
        }

        return text.ToString();
    }

    /// <summary>A number as Prometheus reads it.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);
}
