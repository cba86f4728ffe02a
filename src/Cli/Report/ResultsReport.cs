using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Splitstream.Cli.Report;

/// <summary>
/// Prints a snapshot for people. It shows what the server computed and computes nothing itself; a number the server
/// could not compute stands as a dash.
/// </summary>
public static class ResultsReport
{
    public static void Write(IAnsiConsole console, JsonNode results)
    {
        console.WriteLine();
        console.WriteLine($"Experiment {Text(results["experiment"])}, look {Text(results["lookNumber"])}, taken {Text(results["takenAt"])}");
        console.WriteLine($"Snapshot {Text(results["snapshotId"])}");
        WriteRatio(console, results["srm"]);
        foreach (var metric in results["metrics"] as JsonArray ?? [])
        {
            WriteMetric(console, metric!);
        }

        WriteExclusions(console, results["exclusions"]);
        WriteDecision(console, results["decision"]);
        WriteCertificate(console, results["decision"]?["certificate"]);
    }

    private static void WriteRatio(IAnsiConsole console, JsonNode? srm)
    {
        if (srm?["observed"] is not JsonObject observed)
        {
            return;
        }

        var table = NewTable("Units");
        table.AddColumn("");
        foreach (var (variant, _) in observed)
        {
            AddNumberColumn(table, variant);
        }

        AddRow(table, "analysed", observed.Select(entry => Number(entry.Value)));
        AddRow(table, "expected", observed.Select(entry => Number(srm["expected"]?[entry.Key])));
        console.Write(table);
        console.WriteLine(
            $"Sample ratio: chi-squared {Number(srm["chiSquared"])}, {Number(srm["degreesOfFreedom"])} degrees of freedom, p {Number(srm["pValue"])}" +
            (IsTrue(srm["alarm"]) ? ". ALARM: the split is not the planned one; do not trust the effects." : ", no alarm"));
    }

    private static void WriteMetric(IAnsiConsole console, JsonNode metric)
    {
        var comparisons = metric["comparisons"] as JsonArray ?? [];
        var variants = (metric["variants"] as JsonArray ?? []).Select(v => v!).ToArray();
        var control = Text(comparisons.FirstOrDefault()?["control"]);
        var type = metric["quantile"] is { } quantile ? $"{Text(metric["type"])} {Number(quantile)}" : Text(metric["type"]);
        var table = NewTable($"{Text(metric["metric"])} ({Text(metric["role"])}, {type})");
        table.AddColumn("");
        foreach (var variant in variants)
        {
            var key = Text(variant["variant"]);
            AddNumberColumn(table, key == control ? $"{key} (control)" : key);
        }

        foreach (var (label, field) in new[]
        {
            ("units", "units"), ("sum", "sum"), ("sum without the cap", "uncappedSum"), ("sum of denominators", "denominator"),
            (MeanOf(Text(metric["type"])), "mean"), ("standard deviation", "standardDeviation"),
            ("95 % credible interval of the mean", "credibleInterval"), ("missing", "missing"),
        })
        {
            if (variants.Any(v => v[field] is not null))
            {
                AddRow(table, label, variants.Select(v => Value(v[field])));
            }
        }

        table.AddEmptyRow();
        foreach (var (label, field) in new[]
        {
            ("effect", "effect"), ("lift", "lift"), ("95 % confidence interval of the effect", "confidenceInterval"), ("p-value", "pValue"),
            ("p-value, adjusted", "pValueAdjusted"), ("P(better than control)", "probabilityBetter"), ("P(best)", "probabilityBest"),
            ("expected loss", "expectedLoss"), ("95 % credible interval of the effect", "credibleInterval"),
            ("always-valid p-value", "alwaysValidPValue"),
        })
        {
            JsonNode? Of(JsonNode variant) => comparisons.FirstOrDefault(c => Text(c?["variant"]) == Text(variant["variant"]))?[field];
            if (variants.Any(v => Of(v) is not null))
            {
                AddRow(table, label, variants.Select(v => Text(v["variant"]) == control ? "" : field == "lift" ? Percent(Of(v)) : Value(Of(v))));
            }
        }

        console.Write(table);
        if (metric["cap"] is { } cap)
        {
            console.WriteLine($"{Text(metric["metric"])}: values are bounded by {Number(cap)}");
        }

        foreach (var comparison in comparisons.Where(comparison => comparison?["adjustment"] is JsonObject))
        {
            var plain = comparison!["adjustment"]!;
            console.WriteLine(
                $"{Text(metric["metric"])}, {Text(comparison["variant"])}: adjusted for the {Number(plain["lookbackDays"])} days before, variance " +
                $"reduced by {Percent(plain["varianceReduction"])}; without: effect {Number(plain["effect"])}, p {Number(plain["pValue"])}");
        }

        foreach (var (label, field) in new[] { ("not analysed", "inconclusive"), ("units without a value", "missingUnits"), ("units not mature yet", "pendingUnits") })
        {
            if (metric[field] is { } value && Text(value) is not ("0" or ""))
            {
                console.WriteLine($"{Text(metric["metric"])}: {label}: {Text(value)}");
            }
        }
    }

    private static string MeanOf(string type) => type is "ratio" or "quantile" ? type : "mean";

    private static void WriteExclusions(IAnsiConsole console, JsonNode? exclusions)
    {
        if (exclusions is not JsonObject || Text(exclusions["total"]) is "0" or "")
        {
            return;
        }

        var byVariant = (exclusions["byVariant"] as JsonObject ?? []).Select(entry => $"{entry.Key} {Number(entry.Value)}");
        console.WriteLine(
            $"Excluded units: {Number(exclusions["total"])} (share {Number(exclusions["share"])}; {string.Join(", ", byVariant)})" +
            (IsTrue(exclusions["alarm"]) ? ". ALARM: the exclusions differ between variants or are many." : ""));
        foreach (var reason in exclusions["byReason"] as JsonArray ?? [])
        {
            console.WriteLine($"  {Text(reason?["reason"])}: {Number(reason?["units"])}");
        }
    }

    private static void WriteDecision(IAnsiConsole console, JsonNode? decision)
    {
        if (decision is null)
        {
            return;
        }

        console.WriteLine();
        var variant = Text(decision["variant"]);
        var reason = Text(decision["reason"]);
        console.WriteLine(
            $"Decision: {Text(decision["status"])}{(variant.Length > 0 ? $" {variant}" : "")}{(reason.Length > 0 ? $" ({reason})" : "")}");
    }

    private static void WriteCertificate(IAnsiConsole console, JsonNode? certificate)
    {
        if (certificate is null)
        {
            return;
        }

        var rate = certificate["falsePositiveRate"];
        var reason = Text(certificate["reason"]);
        console.WriteLine(
            $"Certificate: {Text(certificate["status"]).Replace('_', ' ')}{(reason.Length > 0 ? $" ({reason})" : "")}"
            + (rate is null ? "" : $"; {Percent(rate["rate"])} false positives in {Number(rate["runs"])} simulations, at most {Percent(rate["upperBound"])}"));
    }

    private static Table NewTable(string title) =>
        new Table { Border = TableBorder.Rounded, Title = new TableTitle(Markup.Escape(title)) }.LeftAligned();

    private static void AddNumberColumn(Table table, string header) =>
        table.AddColumn(new TableColumn(Markup.Escape(header)) { Alignment = Justify.Right, NoWrap = true });

    private static void AddRow(Table table, string label, IEnumerable<string> cells) =>
        table.AddRow([label, .. cells.Select(Markup.Escape)]);

    private static string Value(JsonNode? node) => node switch
    {
        JsonArray pair => $"[{string.Join(", ", pair.Select(Number))}]",
        JsonObject other => Text(other),
        _ => Number(node),
    };

    /// <summary>Ten significant digits; whole numbers in full.</summary>
    private static string Number(JsonNode? node)
    {
        if (node is null)
        {
            return "-";
        }

        return node.GetValueKind() != JsonValueKind.Number
            ? Text(node)
            : node.GetValue<double>() is var value && value == Math.Truncate(value) && Math.Abs(value) < 1e15
                ? value.ToString("#,0", CultureInfo.InvariantCulture)
                : value.ToString("G10", CultureInfo.InvariantCulture);
    }

    private static string Percent(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number
            ? (node.GetValue<double>() * 100).ToString("G8", CultureInfo.InvariantCulture) + " %"
            : Value(node?["effect"] ?? node?["value"] ?? node);

    private static bool IsTrue(JsonNode? node) => node?.GetValueKind() == JsonValueKind.True;

    private static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonObject or JsonArray => node.ToJsonString(),
        _ => node.ToString(),
    };
}
