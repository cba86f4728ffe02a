namespace Splitstream.Cli.Import;

/// <summary>A metric column as asked for.</summary>
/// <param name="Type">Null when it is to be told from the values.</param>
public sealed record MetricColumn(string Name, int Index, MetricType? Type);

/// <summary>Which columns of a file mean what.</summary>
public sealed record ImportLayout(int Unit, int Variant, IReadOnlyList<MetricColumn> Metrics)
{
    /// <exception cref="CliException">A column is missing, named twice in the header, or asked for twice.</exception>
    public static ImportLayout Of(IReadOnlyList<string> header, ImportOptions options)
    {
        var unit = Find(header, options.UnitColumn, "--unit");
        var variant = Find(header, options.VariantColumn, "--variant");
        if (unit == variant)
        {
            throw CliException.Usage("--unit and --variant name the same column.");
        }

        var metrics = new List<MetricColumn>();
        foreach (var text in options.Metrics)
        {
            var (name, type) = SplitType(header, text);
            var index = Find(header, name, "--metric");
            if (index == unit || index == variant)
            {
                throw CliException.Usage($"--metric '{name}' is the column of the {(index == unit ? "unit" : "variant")}.");
            }

            if (metrics.Any(m => m.Index == index))
            {
                throw CliException.Usage($"--metric '{name}' was given twice.");
            }

            metrics.Add(new MetricColumn(header[index], index, type));
        }

        return new ImportLayout(unit, variant, metrics);
    }

    /// <summary>Splits `COLUMN:type`; a column whose own name ends that way wins.</summary>
    private static (string Name, MetricType? Type) SplitType(IReadOnlyList<string> header, string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || header.Contains(text.Normalize()))
        {
            return (text, null);
        }

        MetricType? type = text[(colon + 1)..] switch
        {
            "conversion" => MetricType.Conversion,
            "mean" => MetricType.Mean,
            "count" => MetricType.Count,
            _ => null,
        };
        if (type is null && header.Contains(text[..colon].Normalize()))
        {
            throw CliException.Usage($"--metric '{text}': the type is conversion, mean or count.");
        }

        return type is null ? (text, null) : (text[..colon], type);
    }

    private static int Find(IReadOnlyList<string> header, string name, string option)
    {
        var normal = name.Normalize();
        var found = Enumerable.Range(0, header.Count).Where(i => header[i] == normal).ToArray();
        return found.Length switch
        {
            1 => found[0],
            0 => throw new CliException(
                $"{option}: there is no column '{name}'.",
                $"The columns are: {string.Join(", ", header.Select(h => $"'{h}'"))}{(header.Count == 1 ? " (fields are separated by commas)" : "")}"),
            _ => throw new CliException($"{option}: the header names the column '{name}' {found.Length} times."),
        };
    }
}
