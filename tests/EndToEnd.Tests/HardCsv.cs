using System.Globalization;
using System.Text;

namespace Splitstream.EndToEnd.Tests;

/// <summary>
/// A file as real exports are: a byte-order mark, CRLF, headers in other scripts, columns in another order, quoted fields with commas, quotes
/// and line breaks, empty fields, repeated units, and one unit in two variants. What it holds is known without reading it back.
/// </summary>
public sealed class HardCsv
{
    public const string Unit = "単位, \"id\"";
    public const string Variant = "Größe:Variante";
    public const string Revenue = "Umsatz (€)";
    public const string Bought = "куплено";
    public const string InTwoVariants = "both, \"of\"\r\nthem";
    public static readonly string[] Variants = ["control", "B, blue", "C"];
    public static readonly int[] Units = [118, 181, 301];

    private const int MissingRevenueEvery = 7;
    private const int MissingBoughtEvery = 11;

    private readonly StringBuilder _text = new();

    public HardCsv()
    {
        // The metrics stand before the unit, and a column that nobody asked for is in between.
        Add(Revenue, "a note", Bought, Variant, Unit);
        for (var variant = 0; variant < Variants.Length; variant++)
        {
            for (var i = 0; i < Units[variant]; i++)
            {
                AddUnit(variant, i);
            }
        }

        // The same unit again with the same values, again with other values, and a unit of two variants: neither is counted twice.
        Add(RevenueOf(0, 1), "again", BoughtOf(0, 1), Variants[0], IdOf(0, 1));
        Add("999999", "again, with other values", BoughtOf(0, 2), Variants[0], IdOf(0, 2));
        Add("5", "", "yes", Variants[0], InTwoVariants);
        Add("5", "", "no", Variants[2], InTwoVariants);
    }

    /// <summary>Rows after the header.</summary>
    public int Rows { get; private set; } = -1;

    /// <summary>Units with a value for revenue, their sum, by variant.</summary>
    public Dictionary<string, (long Units, long Missing, decimal Sum)> RevenueSums { get; } = Variants.ToDictionary(v => v, _ => (0L, 0L, 0m));

    /// <summary>The same for the conversion.</summary>
    public Dictionary<string, (long Units, long Missing, decimal Sum)> BoughtSums { get; } = Variants.ToDictionary(v => v, _ => (0L, 0L, 0m));

    public void Write(string path) => File.WriteAllText(path, _text.ToString(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));

    /// <summary>Ids that a careless reader tears apart or takes for one another.</summary>
    public static string IdOf(int variant, int i) => (i % 6) switch
    {
        0 => $"plain-{variant}-{i}",
        1 => $"comma, {variant}, {i}",
        2 => $"quote \"{variant}\" {i}\"",
        3 => $"line\r\nbreak {variant}\n{i}",
        4 => $" 新規ユーザー {variant} 👩‍👩‍👧 {i} ",
        _ => $"{variant}:00{i}",
    };

    private void AddUnit(int variant, int i)
    {
        var (revenue, bought) = (RevenueOf(variant, i), BoughtOf(variant, i));
        Count(RevenueSums, variant, revenue, revenue.Length == 0 ? 0 : decimal.Parse(revenue, NumberStyles.Float, CultureInfo.InvariantCulture));
        Count(BoughtSums, variant, bought, bought is "yes" or "TRUE" or "1" ? 1 : 0);
        Add(revenue, i % 2 == 0 ? "" : "a note, with \"quotes\"\r\nand a second line", bought, Variants[variant], IdOf(variant, i));
    }

    private static void Count(Dictionary<string, (long Units, long Missing, decimal Sum)> sums, int variant, string field, decimal value)
    {
        var (units, missing, sum) = sums[Variants[variant]];
        sums[Variants[variant]] = field.Length == 0 ? (units, missing + 1, sum) : (units + 1, missing, sum + value);
    }

    private static string RevenueOf(int variant, int i) => i % MissingRevenueEvery == 3 ? "" : (i % 4) switch
    {
        0 => "0",
        1 => $"-{variant}.25",
        2 => string.Create(CultureInfo.InvariantCulture, $"{i}.{i % 10}50"),
        _ => "1.5e2",
    };

    private static string BoughtOf(int variant, int i) => i % MissingBoughtEvery == 5 ? "" : ((i + variant) % 5) switch
    {
        0 => "yes",
        1 => "TRUE",
        2 => "1",
        3 => "no",
        _ => "0",
    };

    private void Add(params string[] fields)
    {
        Rows++;
        _text.AppendJoin(',', fields.Select(Quoted)).Append("\r\n");
    }

    private static string Quoted(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
