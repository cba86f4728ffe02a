using System.Globalization;
using System.Text.Json;

namespace Splitstream.Cli.Import;

/// <summary>
/// Reads the file a second time and yields the request bodies. The same file and start time give the same bytes, so
/// a second run is made of duplicates only.
/// </summary>
/// <param name="plan">The file, checked.</param>
/// <param name="startedAt">When the experiment started, as the server says: the time of every exposure; events follow a second later.</param>
public sealed class ImportBatches(ImportPlan plan, DateTimeOffset startedAt)
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private readonly string _exposureTime = startedAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
    private readonly string _eventTime = startedAt.UtcDateTime.AddSeconds(1).ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <summary>The bodies, in the file's order. May be read once: the plan's units remember what was taken.</summary>
    public IEnumerable<ImportBatch> Read()
    {
        var exposures = new ImportBatchBuilder("/v1/exposures", "exposures");
        var events = new ImportBatchBuilder("/v1/events", "events");
        using var table = CsvTable.Open(plan.Options.File);
        while (table.Read())
        {
            var unit = ImportPlanner.UnitIdentity(table[plan.UnitIndex]);
            var variant = table[plan.VariantIndex];
            if (!plan.VariantNumbers.TryGetValue(variant, out var number))
            {
                throw Changed();
            }

            var due = plan.Units.Take(unit, number);
            if (due.Exposure && exposures.Add(table.Row, json => WriteExposure(json, unit, variant)) is { } fullExposures)
            {
                yield return fullExposures;
            }

            foreach (var metric in due.Values ? plan.Metrics : [])
            {
                if (ValueOf(metric, table[metric.Index]) is { } value
                    && events.Add(table.Row, json => WriteEvent(json, unit, metric, value)) is { } fullEvents)
                {
                    yield return fullEvents;
                }
            }
        }

        if (table.Row != plan.Rows || table.ContentHash() != plan.ContentHash)
        {
            throw Changed();
        }

        foreach (var last in new[] { exposures.Take(), events.Take() })
        {
            if (last is not null)
            {
                yield return last;
            }
        }
    }

    /// <summary>The JSON text of a unit's value; null when an absent event says the same, `null` when it is missing.</summary>
    private string? ValueOf(PlannedMetric metric, string field)
    {
        if (FieldValue.IsMissing(field))
        {
            return "null";
        }

        string value;
        var fits = metric.Type switch
        {
            MetricType.Conversion => TryConversion(field, out value),
            MetricType.Count => FieldValue.TryCount(field, out value),
            _ => FieldValue.TryNumber(field, out value),
        };
        return !fits ? throw Changed() : FieldValue.IsZero(value) ? null : value;
    }

    private static bool TryConversion(string field, out string json)
    {
        var fits = FieldValue.TryBoolean(field, out var converted);
        json = converted ? "1" : "0";
        return fits;
    }

    private void WriteExposure(Utf8JsonWriter json, string unit, string variant)
    {
        json.WriteString("exposureId", ImportIds.Exposure(plan.Options.Experiment, unit, variant));
        json.WriteString("unitId", unit);
        json.WriteString("experiment", plan.Options.Experiment);
        json.WriteString("variant", variant);
        json.WriteString("timestamp", _exposureTime);
    }

    private void WriteEvent(Utf8JsonWriter json, string unit, PlannedMetric metric, string value)
    {
        json.WriteString("eventId", ImportIds.Event(plan.Options.Experiment, unit, metric.Column));
        json.WriteString("unitId", unit);
        json.WriteString("name", metric.EventName);
        json.WriteString("timestamp", _eventTime);
        json.WriteStartObject("properties");
        json.WritePropertyName("value");
        json.WriteRawValue(value);
        json.WriteEndObject();
    }

    private CliException Changed() => new($"{plan.Options.File} changed while it was being imported.", "Run the import again once the file is complete.");
}
