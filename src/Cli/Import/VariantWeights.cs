using System.Globalization;
using System.Text.RegularExpressions;

namespace Splitstream.Cli.Import;

/// <summary>The variants of an import with their planned weights.</summary>
public static partial class VariantWeights
{
    /// <summary>Control first, the others by name, so that another order of rows makes the same experiment.</summary>
    /// <param name="found">The variants the file names.</param>
    /// <exception cref="CliException">Control or a weight names no variant, a variant has no weight, or there is only one.</exception>
    public static IReadOnlyList<PlannedVariant> Of(ImportOptions options, IReadOnlyList<string> found)
    {
        var there = $"The variants in column '{options.VariantColumn}' are: {string.Join(", ", found.Order(StringComparer.Ordinal).Select(v => $"'{v}'"))}";
        if (!found.Contains(options.Control))
        {
            throw new CliException($"--control: no row has the variant '{options.Control}'.", there);
        }

        if (options.Weights is null)
        {
            RequireSeveral(found.Count, there);
            return Order(options, found.ToDictionary(key => key, _ => 1m));
        }

        var weights = Parse(options.Weights);
        foreach (var key in found)
        {
            if (!weights.TryGetValue(key, out var weight))
            {
                throw new CliException($"--weights gives no weight for the variant '{key}'.", there);
            }

            if (weight == 0)
            {
                throw new CliException($"--weights gives zero to the variant '{key}', but there are units in it.", there);
            }
        }

        RequireSeveral(weights.Count, there);
        return Order(options, weights);
    }

    /// <summary>Reads `a=50,b=50`. A key may hold commas, so a part ends only where a number does.</summary>
    private static Dictionary<string, decimal> Parse(string text)
    {
        var weights = new Dictionary<string, decimal>();
        var end = 0;
        foreach (Match part in Part().Matches(text))
        {
            var key = part.Groups["key"].Value;
            if (part.Index != end || !ImportOptions.IsKey(key)
                || !decimal.TryParse(part.Groups["weight"].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight)
                || !weights.TryAdd(key, weight))
            {
                break;
            }

            end = part.Index + part.Length;
        }

        return end == text.Length && weights.Values.Sum() > 0
            ? weights
            : throw CliException.Usage($"--weights '{text}' is not of the form a=50,b=50 with every variant once and numbers of zero or more.");
    }

    private static PlannedVariant[] Order(ImportOptions options, Dictionary<string, decimal> weights) =>
        [.. weights
            .Select(entry => new PlannedVariant(entry.Key, entry.Value, entry.Key == options.Control))
            .OrderBy(variant => !variant.IsControl)
            .ThenBy(variant => variant.Key, StringComparer.Ordinal)];

    private static void RequireSeveral(int count, string there)
    {
        if (count < 2)
        {
            throw new CliException("An experiment needs at least two variants.", there);
        }
    }

    [GeneratedRegex(@"(?<key>[^=]+)=(?<weight>[0-9.]+)(?:,|\z)")]
    private static partial Regex Part();
}
