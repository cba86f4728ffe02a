namespace Splitstream.Cli.Import;

/// <summary>What one metric column holds, gathered over all rows before its type is settled.</summary>
/// <param name="column">The name, for messages.</param>
public sealed class ColumnProfile(string column)
{
    private const int ShownOffences = 5;
    private const int ShownCharacters = 40;

    private readonly Dictionary<MetricType, List<string>> _offences = new()
    {
        [MetricType.Conversion] = [],
        [MetricType.Mean] = [],
        [MetricType.Count] = [],
    };

    private bool _anyValue;

    /// <summary>Takes note of a field.</summary>
    public void Add(string field, string place)
    {
        if (FieldValue.IsMissing(field))
        {
            return;
        }

        _anyValue = true;
        Check(MetricType.Conversion, FieldValue.TryBoolean(field, out _), field, place);
        Check(MetricType.Mean, FieldValue.TryNumber(field, out _), field, place);
        Check(MetricType.Count, FieldValue.TryCount(field, out _), field, place);
    }

    /// <summary>The type asked for, else conversion when every value is a yes or no, else mean.</summary>
    /// <exception cref="CliException">A value does not fit; the message names the first few rows.</exception>
    public MetricType Settle(MetricType? asked)
    {
        if (!_anyValue)
        {
            throw new CliException($"Column '{column}' is empty in every row.", "Nothing was sent.");
        }

        var type = asked ?? (_offences[MetricType.Conversion].Count == 0 ? MetricType.Conversion : MetricType.Mean);
        var wanted = type switch
        {
            MetricType.Conversion => "true or false (also 1/0, yes/no)",
            MetricType.Count => "a whole number of zero or more",
            _ => "a finite number",
        };
        return _offences[type] is { Count: > 0 } offences
            ? throw new CliException(
                $"Column '{column}' is to be a {type.ToString().ToLowerInvariant()}, which takes {wanted}, but:\n{string.Join('\n', offences)}",
                "Nothing was sent. Empty fields count as missing.")
            : type;
    }

    private void Check(MetricType type, bool fits, string field, string place)
    {
        if (!fits && _offences[type].Count < ShownOffences)
        {
            _offences[type].Add($"  {place}: '{(field.Length > ShownCharacters ? field[..ShownCharacters] + "..." : field)}'");
        }
    }
}
