using System.Text.RegularExpressions;

namespace Splitstream.Cli.Import;

/// <summary>What `import` was asked for, before the file was opened.</summary>
/// <param name="File">A CSV file, plain or gzip.</param>
/// <param name="Experiment">The key of the experiment to make or to continue.</param>
/// <param name="UnitColumn">The column that identifies the unit.</param>
/// <param name="VariantColumn">The column that names the variant the unit was in.</param>
/// <param name="Control">The variant that is control.</param>
/// <param name="Weights">`a=50,b=50`; null for equal weights.</param>
/// <param name="Metrics">`COLUMN[:conversion|mean|count]`, the primary one first.</param>
public sealed partial record ImportOptions(
    string File, string Experiment, string UnitColumn, string VariantColumn, string Control, string? Weights, IReadOnlyList<string> Metrics)
{
    /// <summary>Whether a text can be the key of an experiment, variant or metric.</summary>
    public static bool IsKey(string text) => Key().IsMatch(text);

    /// <exception cref="CliException">The experiment's key is malformed, or no metric or one twice was given.</exception>
    public void Validate()
    {
        if (!IsKey(Experiment))
        {
            throw CliException.Usage($"--experiment '{Experiment}' is no key: 1 to 100 of the characters A-Z a-z 0-9 , . _ : - and space, the first a letter or digit.");
        }

        if (Metrics.Count == 0)
        {
            throw CliException.Usage("Give at least one --metric COLUMN[:conversion|mean|count]; the first is the primary one.");
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9 ,._:-]{0,99}\z")]
    private static partial Regex Key();
}
