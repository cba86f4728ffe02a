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
    public const int Scale = 20;
    private readonly List<Exposure> _exposures;
    private readonly ILookup<string, Event> _events;
    private readonly HashSet<(long, string)> _rebucketed;
    private readonly List<(long Experiment, string Variant, int Epoch)> _assigned;
    private readonly ILookup<(long Experiment, string Unit), DateTime> _assignedAt;

    private Oracle(
        List<Exposure> exposures,
        List<Event> events,
        HashSet<(long, string)> rebucketed,
        List<(long, string, int)> assigned,
        List<(long Experiment, string Unit, DateTime At)> assignedAt)
    {
        _assignedAt = assignedAt.ToLookup(row => (row.Experiment, row.Unit), row => row.At);
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
            "SELECT experiment_id, variant, epoch FROM assignments", row => (row.GetInt64(0), row.GetString(1), row.GetInt32(2)), CancellationToken.None),
        await world.Database.QueryAsync(
            """
            SELECT experiment_id, unit_id, assigned_at FROM assignments
            UNION ALL SELECT experiment_id, unit_id, assigned_at FROM assignment_history
            """,
            row => (row.GetInt64(0), row.GetString(1), row.GetDateTime(2)),
            CancellationToken.None));

    public static string Describe(AnalysisInputs inputs)
    {
        var lines = inputs.Units.Select(u => $"units {u.Variant} {u.Epoch}: {u.Assigned} {u.Analysed}")
            .Concat(inputs.Sums.Select(s =>
                $"{s.Metric} {s.Variant} {s.Epoch}: {s.Units} {s.Missing} {s.Sum} {s.SumSquares} "
                + $"| {s.Matured.Units} {s.Matured.Missing} {s.Matured.Sum} {s.Matured.SumSquares} "
                + $"|{s.Products}{s.Capped}{s.Quantile}|{s.Matured.Products}{s.Matured.Capped}{s.Matured.Quantile}"))
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
            var metric = metrics[m];
            var window = (metric.EndHours ?? metric.WindowHours) is { } hours && !isExternal ? TimeSpan.FromHours(hours) : (TimeSpan?)null;
            bool IsMatured(Unit unit) => window is null || IsMature(unit, window.Value, cutoff);
            var cap = OracleDetails.Cap(metric, [.. analysed.Where(IsMatured).Select(unit => unit.Numbers[m])]);
            lines.AddRange(analysed.GroupBy(unit => (unit.Variant, unit.Epoch)).Select(g =>
            {
                var all = g.Select(unit => unit.Numbers[m]).ToList();
                var mature = g.Where(IsMatured).Select(unit => unit.Numbers[m]).ToList();
                var own = all.Any(unit => unit.Value is not null) ? cap : null;
                return $"{metric.Key} {g.Key.Variant} {g.Key.Epoch}: {Total(all)} | {Total(mature)} "
                    + $"|{OracleDetails.Describe(metric, isExternal, all, own)}|{OracleDetails.Describe(metric, isExternal, mature, own)}";
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

    private static string Total(IReadOnlyList<Numbers> numbers)
    {
        var values = numbers.Select(unit => unit.Value).ToList();
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
        var before = _assignedAt[(experiment.Id, last.Unit)].Append(first).Min();
        var own = _events[last.Unit].ToList();
        var numbers = metrics.Select(metric =>
        {
            var start = first + TimeSpan.FromHours(metric.StartHours ?? 0);
            var end = (metric.EndHours ?? metric.WindowHours) is { } hours ? first + TimeSpan.FromHours(hours) : DateTime.MaxValue;
            var inside = own.Where(e => e.At >= start && e.At < end && (ends is null || e.At < ends)).ToList();
            var events = inside.Where(e => e.Name == metric.Event || e.Name == metric.Denominator?.Event).ToList();
            late.UnionWith(events.Where(e => e.IsLate));
            var value = Value(metric, metric.Event, metric.PropertyPath, inside);
            var denominator = metric.Denominator is { } over ? Value(metric, over.Event, over.PropertyPath, inside) : 0;
            if (value is null || denominator is null)
            {
                return new Numbers(null, 0, 0, 0, 0, []);
            }

            var earlier = own.Where(e => e.At < before && e.At >= before.AddDays(-metric.LookbackDays)).ToList();
            return new Numbers(
                value,
                denominator.Value,
                earlier.Count > 0 ? 1 : 0,
                Value(metric, metric.Event, metric.PropertyPath, earlier, ignoresNull: true)!.Value,
                metric.Denominator is { } before2 ? Value(metric, before2.Event, before2.PropertyPath, earlier, ignoresNull: true)!.Value : 0,
                [.. inside.Where(e => e.Name == metric.Event).Select(e => Find(e.Properties, metric.PropertyPath ?? "$.none"))
                    .Where(found => found?.ValueKind == JsonValueKind.Number).Select(found => Parse(found!.Value.GetRawText()))]);
        }).ToArray();
        return new Unit(last.AssignedVariant!, last.Epoch!.Value, first, ends, excluded, numbers, list.Count(x => x.IsLate) + late.Count);
    }

    private static BigInteger? Value(
        MetricDefinition metric, string name, string? path, IEnumerable<Event> candidates, bool ignoresNull = false)
    {
        BigInteger total = 0;
        var isMissing = false;
        var one = BigInteger.Pow(10, Scale);
        var isConversion = metric.Type is MetricType.Conversion or MetricType.Retention;
        foreach (var happened in candidates.Where(e => e.Name == name))
        {
            if (path is null)
            {
                total = isConversion ? one : total + one;
                continue;
            }

            if (Find(happened.Properties, path) is not { } found)
            {
                continue;
            }

            isMissing |= found.ValueKind == JsonValueKind.Null && !ignoresNull;
            var number = found.ValueKind == JsonValueKind.Number ? Parse(found.GetRawText()) : (BigInteger?)null;
            if (!isConversion)
            {
                total += number ?? 0;
            }
            else if (number is { } n ? n != 0 : found.ValueKind is not (JsonValueKind.False or JsonValueKind.Null))
            {
                total = one;
            }
        }

        var cap = metric.Cap is { IsRelative: false } bound ? Parse(bound.Value.ToString("R", CultureInfo.InvariantCulture)) : (BigInteger?)null;
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

    public static string Text(BigInteger value, int scale)
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
        string Variant, int Epoch, DateTime First, DateTime? Ends, string? Excluded, Numbers[] Numbers, long Late);
}

/// <summary>What one unit is worth to one metric, times 10^20 but for the history; the value is null where it is missing.</summary>
internal sealed record Numbers(
    BigInteger? Value,
    BigInteger Denominator,
    BigInteger History,
    BigInteger Covariate,
    BigInteger CovariateDenominator,
    IReadOnlyList<BigInteger> Events);
