using System.Globalization;
using Spectre.Console;

namespace Splitstream.Cli.Planning;

/// <summary>The answer of `power` for people.</summary>
public static class PowerReport
{
    public static void Write(IAnsiConsole console, PowerAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(console);
        ArgumentNullException.ThrowIfNull(answer);
        if (answer.Days is null)
        {
            WriteSizes(console, answer);
        }
        else
        {
            WriteEffects(console, answer);
        }
    }

    private static void WriteSizes(IAnsiConsole console, PowerAnswer answer)
    {
        var table = new Table().Title($"To find {answer.Mde} with power {answer.Power}, two-sided alpha {answer.Alpha}");
        table.AddColumn("Method");
        foreach (var column in new[] { "Units at most", "In all", "Days", "Units on average", "Days on average", "False positives" })
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (var row in answer.Methods)
        {
            table.AddRow(
                row.Method,
                row.Reason ?? (row.Variants.Select(variant => variant.Units).Distinct().Count() == 1
                    ? $"{Text(row.Variants[0].Units, "N0")} each"
                    : string.Join("\n", row.Variants.Select(variant => $"{variant.Variant} {Text(variant.Units, "N0")}"))),
                Text(row.Units, "N0"),
                Text(row.Days, "0.#"),
                Text(row.MeanUnits, "N0"),
                Text(row.MeanDays, "0.#"),
                row.Reason is not null ? "-" : $"{Text(100 * (row.FalsePositives ?? answer.Alpha), "F1")} %");
        }

        console.Write(table);
        if (answer.Methods.Any(row => row.BelowMinSample == true))
        {
            console.WriteLine($"The default rule waits for {Text(PowerQuestion.MinimumSample, "N0")} units in every variant, also where fewer are enough.");
        }

        if (answer.UnitsPerDay is null)
        {
            console.WriteLine($"Looks every 240 minutes are taken to come at {Text(answer.AssumedUnitsPerDay, "N0")} units a day; say --units-per-day for days.");
        }
    }

    private static void WriteEffects(IAnsiConsole console, PowerAnswer answer)
    {
        var table = new Table().Title(
            $"Found within {answer.Days} days at {Text(answer.UnitsPerDay, "N0")} units a day with power {answer.Power}, two-sided alpha {answer.Alpha}");
        table.AddColumn("Method");
        table.AddColumn(new TableColumn("Smallest effect").RightAligned());
        foreach (var row in answer.Methods)
        {
            table.AddRow(row.Method, row.Reason ?? Text(row.Mde, "G4"));
        }

        console.Write(table);
        if (answer.Methods.Any(row => row.Reason == "min_sample_unreachable"))
        {
            console.WriteLine($"The default rule waits for {Text(PowerQuestion.MinimumSample, "N0")} units in every variant.");
        }
    }

    private static string Text(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
