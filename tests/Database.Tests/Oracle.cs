using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Database;

namespace Splitstream.Database.Tests;

/// <summary>
/// The sums computed a second way: unit by unit in C# from the raw rows and the configuration, with whole numbers for exactness. Shares
/// nothing with the SQL. Answers the same lines that are made of the real inputs.
/// </summary>
internal sealed class Oracle
{
    private const int Scale = 18;
    private readonly List<Exposure> _exposures;
    private readonly ILookup<string, Event> _events;
    private readonly HashSet<(long, string)> _rebucketed;
    private readonly List<(long Experiment, string Variant, int Epoch)> _assigned;

    private Oracle(
        List<Exposure> exposures, List<Event> events, HashSet<(long, string)> rebucketed, List<(long, string, int)> assigned)
    {
        _exposures = exposures;
        _events = events.ToLookup(happened => happened.Unit);
        _rebucketed = rebucketed;
        _assigned = assigned;
    }

    public static async Task<Oracle> LoadAsync(World world) => new(
        await world.Database.QueryAsync(
            """
            SELECT experiment_id, unit_id, variant, assigned_variant, epoch, occurred_at, late, quarantine_reason, batch_id, ordinal
            FROM exposures WHERE experiment_id IS NOT NULL AND superseded_at IS NULL
            """,
            row => new Exposure(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetNullable<string>(3), row.GetNullable<int?>(4), row.GetDateTime(5),
                row.GetBoolean(6), row.GetNullable<string>(7), row.GetInt64(8), row.GetInt32(9)),
            CancellationToken.None),
        await world.Database.QueryAsync(
            "SELECT unit_id, name, occurred_at, late, properties::text FROM events",
            row => new Event(row.GetString(0), row.GetString(1), row.GetDateTime(2), row.GetBoolean(3), row.GetNullable<string>(4)),
            CancellationToken.None),
        [.. await world.Database.QueryAsync(
            "SELECT experiment_id, unit_id FROM assignment_history", row => (row.GetInt64(0), row.GetString(1)), CancellationToken.None)],
        await world.Database.QueryAsync(
            "SELECT experiment_id, variant, epoch FROM assignments", row => (row.GetInt64(0), row.GetString(1), row.GetInt32(2)), CancellationToken.None));

    public static string Describe(AnalysisInputs inputs)
    {
        var lines = inputs.Units.Select(u => $"units {u.Variant} {u.Epoch}: {u.Assigned} {u.Analysed}")
            .Concat(inputs.Sums.Select(s =>
                $"{s.Metric} {s.Variant} {s.Epoch}: {s.Units} {s.Missing} {s.Sum} {s.SumSquares} "
                + $"| {s.Matured.Units} {s.Matured.Missing} {s.Matured.Sum} {s.Matured.SumSquares}"))
            .Concat(inputs.Exclusions.Select(e => $"excluded {e.Reason} {e.Variant}: {e.Units}"))
            .Append($"late {inputs.LateEventCount}");
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    public string Describe(ExperimentState experiment, IReadOnlyList<MetricDefinition> metrics, DateTimeOffset cutoff)
    {
        var isExternal = experiment.Definition.Assignment == AssignmentMode.External;
        var units = _exposures.Where(x => x.Experiment == experiment.Id && x.Reason is null)
            .GroupBy(x => x.Unit).Select(rows => Summarise(experiment, metrics, rows)).ToList();
        var analysed = units.Where(unit => unit.Excluded is null).ToList();
        var lines = new List<string> { $"late {analysed.Sum(unit => unit.Late)}" };
        var counts = _assigned.Where(row => row.Experiment == experiment.Id).Select(row => (row.Variant, row.Epoch, IsAnalysed: 0))
            .Concat(analysed.Select(unit => (unit.Variant, unit.Epoch, IsAnalysed: 1)));
        lines.AddRange(counts.GroupBy(row => (row.Variant, row.Epoch)).Select(g =>
            $"units {g.Key.Variant} {g.Key.Epoch}: {g.Count(row => row.IsAnalysed == 0)} {g.Count(row => row.IsAnalysed == 1)}"));
        for (var m = 0; m < metrics.Count; m++)
        {
            var window = metrics[m].WindowHours is { } hours && !isExternal ? TimeSpan.FromHours(hours) : (TimeSpan?)null;
            lines.AddRange(analysed.GroupBy(unit => (unit.Variant, unit.Epoch)).Select(g =>
            {
                var mature = g.Where(unit => window is null || IsMature(unit, window.Value, cutoff));
                return $"{metrics[m].Key} {g.Key.Variant} {g.Key.Epoch}: {Total(g, m)} | {Total(mature, m)}";
            }));
        }

        var excluded = units.Where(unit => unit.Excluded is not null).Select(unit => (Reason: unit.Excluded!, unit.Variant))
            .Concat(_exposures.Where(x => x.Experiment == experiment.Id && x.Reason is "variant_mismatch" or "override" or "not_assigned")
                .Where(x => x.Experiment == experiment.Id)
                .GroupBy(x => (x.Unit, x.Reason))
                .Select(g => (Reason: g.Key.Reason!, Variant: Latest(g) is var last ? last.AssignedVariant ?? last.Variant : "")));
        lines.AddRange(excluded.GroupBy(pair => pair).Select(g => $"excluded {g.Key.Reason} {g.Key.Variant}: {g.Count()}"));
        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static bool IsMature(Unit unit, TimeSpan window, DateTimeOffset cutoff)
    {
        var hour = new DateTime(unit.First.Ticks - (unit.First.Ticks % TimeSpan.TicksPerHour), DateTimeKind.Utc);
        var closes = hour + TimeSpan.FromHours(1) + window;
        return closes <= cutoff.UtcDateTime && (unit.Ends is not { } ends || closes <= ends);
    }

    private static string Total(IEnumerable<Unit> units, int metric)
    {
        var values = units.Select(unit => unit.Values[metric]).ToList();
        BigInteger sum = 0, squares = 0;
        foreach (var value in values)
        {
            sum += value ?? 0;
            squares += (value ?? 0) * (value ?? 0);
        }

        return $"{values.Count(v => v is not null)} {values.Count(v => v is null)} {Text(sum, Scale)} {Text(squares, 2 * Scale)}";
    }

    private Unit Summarise(ExperimentState experiment, IReadOnlyList<MetricDefinition> metrics, IEnumerable<Exposure> rows)
    {
        var list = rows.ToList();
        var last = Latest(list);
        var first = list.Min(x => x.At);
        DateTime? ends = experiment.Epochs.Where(e => e is { Interrupted: true, ClosedAt: not null }).Select(e => (DateTime?)e.ClosedAt!.Value.UtcDateTime)
            .Where(at => at > first).DefaultIfEmpty(null).Min();
        var excluded = _rebucketed.Contains((experiment.Id, last.Unit)) ? "rebucketed"
            : list.Select(x => x.Variant).Distinct().Count() > 1 ? "two_variants" : null;
        var late = new HashSet<Event>(ReferenceEqualityComparer.Instance);
        var values = metrics.Select(metric => Value(metric, _events[last.Unit].Where(e => e.At >= first && (ends is null || e.At < ends)), first, late)).ToArray();
        return new Unit(last.AssignedVariant!, last.Epoch!.Value, first, ends, excluded, values, list.Count(x => x.IsLate) + late.Count);
    }

    private static BigInteger? Value(MetricDefinition metric, IEnumerable<Event> candidates, DateTime first, HashSet<Event> late)
    {
        BigInteger total = 0;
        var isMissing = false;
        var one = BigInteger.Pow(10, Scale);
        foreach (var happened in candidates.Where(e => e.Name == metric.Event
            && (metric.WindowHours is not { } hours || e.At < first + TimeSpan.FromHours(hours))))
        {
            if (happened.IsLate)
            {
                late.Add(happened);
            }

            if (metric.PropertyPath is null)
            {
                total = metric.Type == MetricType.Conversion ? one : total + one;
                continue;
            }

            if (Find(happened.Properties, metric.PropertyPath) is not { } found)
            {
                continue;
            }

            isMissing |= found.ValueKind == JsonValueKind.Null;
            var number = found.ValueKind == JsonValueKind.Number ? Parse(found.GetRawText()) : (BigInteger?)null;
            if (metric.Type != MetricType.Conversion)
            {
                total += number ?? 0;
            }
            else if (number is { } n ? n != 0 : found.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
            {
                total = one;
            }
        }

        var cap = metric.Cap is { } bound ? Parse(bound.Value.ToString("R", CultureInfo.InvariantCulture)) : (BigInteger?)null;
        return isMissing ? null : cap is { } limit && total > limit ? limit : total;
    }

    // The paths of these tests have the forms $.a and $.a[1].
    private static JsonElement? Find(string? properties, string path)
    {
        if (properties is null)
        {
            return null;
        }

        var element = JsonDocument.Parse(properties).RootElement;
        foreach (var step in path[2..].Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(step, out var member))
            {
                element = member;
            }
            else if (element.ValueKind == JsonValueKind.Array && int.TryParse(step, CultureInfo.InvariantCulture, out var i) && i < element.GetArrayLength())
            {
                element = element[i];
            }
            else
            {
                return null;
            }
        }

        return element;
    }

    private static BigInteger Parse(string literal)
    {
        var parts = literal.Split('e', 'E');
        var exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        var dot = parts[0].IndexOf('.', StringComparison.Ordinal);
        exponent -= dot < 0 ? 0 : parts[0].Length - dot - 1;
        var digits = BigInteger.Parse(parts[0].Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        Assert.True(exponent + Scale >= 0, $"{literal} is finer than this oracle's scale");
        return digits * BigInteger.Pow(10, exponent + Scale);
    }

    private static string Text(BigInteger value, int scale)
    {
        var digits = BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var text = $"{digits[..^scale]}.{digits[^scale..]}".TrimEnd('0').TrimEnd('.');
        return value.Sign < 0 ? "-" + text : text;
    }

    private static Exposure Latest(IEnumerable<Exposure> rows) => rows.OrderBy(x => x.BatchId).ThenBy(x => x.Ordinal).Last();

    private sealed record Exposure(
        long Experiment, string Unit, string Variant, string? AssignedVariant, int? Epoch, DateTime At, bool IsLate, string? Reason, long BatchId, int Ordinal);

    private sealed record Event(string Unit, string Name, DateTime At, bool IsLate, string? Properties);

    private sealed record Unit(
        string Variant, int Epoch, DateTime First, DateTime? Ends, string? Excluded, BigInteger?[] Values, long Late);
}
