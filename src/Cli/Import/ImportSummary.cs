using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Splitstream.Cli.Import;

/// <summary>What was in the file and what became of it.</summary>
/// <param name="plan">The file.</param>
/// <param name="totals">What the server answered; null when nothing had to be sent.</param>
public sealed class ImportSummary(ImportPlan plan, ImportTotals? totals)
{
    public JsonObject ToJson() => new()
    {
        ["file"] = plan.Options.File,
        ["contentHash"] = plan.ContentHash,
        ["rows"] = plan.Rows,
        ["units"] = plan.Units.Count,
        ["duplicateRows"] = plan.DuplicateRows,
        ["duplicateRowsWithOtherValues"] = plan.DuplicateRowsWithOtherValues,
        ["unitsInTwoVariants"] = plan.UnitsInTwoVariants,
        ["missing"] = new JsonObject(plan.Metrics.Select(metric => KeyValuePair.Create(metric.Column, (JsonNode?)metric.Missing))),
        ["types"] = new JsonObject(plan.Metrics.Select(metric => KeyValuePair.Create(metric.Column, (JsonNode?)metric.Type.ToString().ToLowerInvariant()))),
        ["alreadyImported"] = totals is null,
        ["sent"] = totals?.Sent ?? 0,
        ["accepted"] = totals?.Accepted ?? 0,
        ["duplicates"] = totals?.Duplicates ?? 0,
        ["late"] = totals?.Late ?? 0,
    };

    public void Write(IAnsiConsole console)
    {
        var lines = new List<string>
        {
            Text($"{plan.Rows:N0} rows, {plan.Units.Count:N0} units in {plan.Variants.Count} variants"),
            totals is null
                ? "Sent nothing: the server has this import already"
                : Text($"Sent {totals.Sent:N0} items: {totals.Accepted:N0} new, {totals.Duplicates:N0} the server had already"),
        };
        if (plan.DuplicateRows > 0)
        {
            lines.Add(Text($"{plan.DuplicateRows:N0} rows repeat a unit in the same variant ({plan.DuplicateRowsWithOtherValues:N0} of them with other values): the first row of each unit counts"));
        }

        if (plan.UnitsInTwoVariants > 0)
        {
            lines.Add(Text($"{plan.UnitsInTwoVariants:N0} units were seen in two variants: they leave the analysis"));
        }

        lines.AddRange(plan.Metrics.Where(metric => metric.Missing > 0).Select(metric =>
            Text($"{metric.Missing:N0} units have no value for {metric.Column}: they leave that metric")));
        foreach (var line in lines)
        {
            console.WriteLine(line);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
