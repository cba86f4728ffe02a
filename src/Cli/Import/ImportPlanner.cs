using System.Text;

namespace Splitstream.Cli.Import;

/// <summary>Reads a whole file once and refuses it before anything is sent, or says what there is to send.</summary>
public static class ImportPlanner
{
    /// <summary>The most variants an experiment can have.</summary>
    private const int MaximumVariants = 20;

    private const int MaximumUnitCodePoints = 512;

    /// <exception cref="CliException">The file, a column or a value is not in order; the message says where.</exception>
    public static ImportPlan Plan(ImportOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        using var table = CsvTable.Open(options.File);
        var layout = ImportLayout.Of(table.Header, options);
        var profiles = layout.Metrics.Select(metric => new ColumnProfile(metric.Name)).ToArray();
        var missing = new long[layout.Metrics.Count];
        var variants = new Dictionary<string, int>();
        var units = new UnitTable();
        long duplicates = 0, otherValues = 0, conflicts = 0;

        while (table.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var unit = UnitOf(table[layout.Unit], options, table);
            var variant = VariantNumber(table[layout.Variant], options, variants, table);
            var values = default(HashCode);
            for (var i = 0; i < profiles.Length; i++)
            {
                var field = table[layout.Metrics[i].Index];
                profiles[i].Add(field, table.Place);
                values.Add(field.Trim());
            }

            switch (units.Add(unit, variant, values.ToHashCode(), out var firstConflict))
            {
                case UnitTable.Addition.First:
                    for (var i = 0; i < missing.Length; i++)
                    {
                        missing[i] += FieldValue.IsMissing(table[layout.Metrics[i].Index]) ? 1 : 0;
                    }

                    break;
                case UnitTable.Addition.SameAgain:
                    duplicates++;
                    break;
                case UnitTable.Addition.OtherValues:
                    duplicates++;
                    otherValues++;
                    break;
                default:
                    conflicts += firstConflict ? 1 : 0;
                    break;
            }
        }

        if (table.Row == 0)
        {
            throw new CliException($"{options.File} has a header but no rows.", "Nothing was sent.");
        }

        var metrics = layout.Metrics
            .Select((metric, i) => new PlannedMetric(
                metric.Name, metric.Index, profiles[i].Settle(metric.Type), $"import:{options.Experiment}:{metric.Name}", missing[i]))
            .ToArray();
        return new ImportPlan(
            options, layout.Unit, layout.Variant, metrics, VariantWeights.Of(options, [.. variants.Keys]), variants, units,
            table.Row, duplicates, otherValues, conflicts, table.ContentHash());
    }

    /// <summary>A unit's identity: the NFC form of its field.</summary>
    public static string UnitIdentity(string field) => field.Normalize(NormalizationForm.FormC);

    private static string UnitOf(string field, ImportOptions options, CsvTable table)
    {
        if (FieldValue.IsMissing(field))
        {
            throw Refuse(options, table, $"the unit (column '{options.UnitColumn}') is empty");
        }

        if (field.Contains('\0') || field.EnumerateRunes().Count() > MaximumUnitCodePoints)
        {
            throw Refuse(options, table, $"the unit must have 1 to {MaximumUnitCodePoints} characters and no NUL");
        }

        return UnitIdentity(field);
    }

    private static int VariantNumber(string field, ImportOptions options, Dictionary<string, int> variants, CsvTable table)
    {
        if (variants.TryGetValue(field, out var number))
        {
            return number;
        }

        if (FieldValue.IsMissing(field))
        {
            throw Refuse(options, table, $"the variant (column '{options.VariantColumn}') is empty");
        }

        if (!ImportOptions.IsKey(field))
        {
            throw Refuse(options, table, $"'{field}' cannot be a variant's key: 1 to 100 of the characters A-Z a-z 0-9 , . _ : - and space");
        }

        if (variants.Count == MaximumVariants)
        {
            throw Refuse(options, table, $"column '{options.VariantColumn}' has more than {MaximumVariants} variants, among them " +
                string.Join(", ", variants.Keys.Take(3).Select(v => $"'{v}'")));
        }

        variants.Add(field, variants.Count);
        return variants.Count - 1;
    }

    private static CliException Refuse(ImportOptions options, CsvTable table, string what) =>
        new($"{options.File}, {table.Place}: {what}.", "Nothing was sent.");
}
