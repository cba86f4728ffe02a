namespace Splitstream.Cli.Import;

/// <summary>A metric to import.</summary>
/// <param name="Column">The column's name; the results show it verbatim.</param>
/// <param name="EventName">The name its events carry.</param>
/// <param name="Missing">Units whose field is empty; they leave this metric.</param>
public sealed record PlannedMetric(string Column, int Index, MetricType Type, string EventName, long Missing);

/// <summary>A variant of the experiment to make.</summary>
/// <param name="Weight">A positive number or zero; only ratios matter.</param>
public sealed record PlannedVariant(string Key, decimal Weight, bool IsControl);

/// <summary>A file that was read to its end and found in order; nothing was sent yet.</summary>
/// <param name="Rows">Rows after the header.</param>
/// <param name="DuplicateRows">Rows that repeat a unit in the same variant; the first row counts.</param>
/// <param name="DuplicateRowsWithOtherValues">Those of them whose metric fields differ from the first row's.</param>
/// <param name="UnitsInTwoVariants">Units that leave the analysis, whatever the order of their rows.</param>
/// <param name="ContentHash">SHA-256 of the uncompressed file.</param>
public sealed record ImportPlan(
    ImportOptions Options,
    int UnitIndex,
    int VariantIndex,
    IReadOnlyList<PlannedMetric> Metrics,
    IReadOnlyList<PlannedVariant> Variants,
    IReadOnlyDictionary<string, int> VariantNumbers,
    UnitTable Units,
    long Rows,
    long DuplicateRows,
    long DuplicateRowsWithOtherValues,
    long UnitsInTwoVariants,
    string ContentHash);
