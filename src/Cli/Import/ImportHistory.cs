using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Splitstream.Cli.Server;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Import;

/// <summary>One finished import.</summary>
/// <param name="Fingerprint">SHA-256 of the experiment's identity, the options and the file's content.</param>
public sealed record ImportRecord(string Fingerprint, string Experiment, string File, DateTimeOffset ImportedAt);

/// <summary>
/// Which imports were sent whole, so that sending them again can be spared. It is a convenience: without it the
/// server finds nothing but duplicates.
/// </summary>
/// <param name="path">The file it is kept in; null keeps none.</param>
public sealed class ImportHistory(string? path)
{
    /// <summary>Older records fall out; their imports would be sent again and found to be duplicates.</summary>
    private const int Kept = 1_000;

    /// <summary>The history beside the data of a local server, else in the person's own folder.</summary>
    public static ImportHistory Of(ServerAddress server, Checkout checkout) =>
        new(server.Data?.ImportsFile ?? (checkout.PersonalFolder is { } folder ? Path.Combine(folder, "imports.json") : null));

    /// <summary>What tells one import from another.</summary>
    public static string Fingerprint(ServerAddress server, ImportedExperiment experiment, ImportPlan plan)
    {
        var parts = new List<string>
        {
            server.Data?.Path ?? server.Url, experiment.Identity, plan.Options.Experiment, plan.ContentHash,
            plan.Options.UnitColumn, plan.Options.VariantColumn,
        };
        parts.AddRange(plan.Metrics.Select(metric => $"{metric.Column}:{metric.Type}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))));
    }

    public bool Contains(string fingerprint) => Read().Any(record => record.Fingerprint == fingerprint);

    /// <summary>Records an import; a place that cannot be written to is no failure of the import.</summary>
    public void Add(ImportRecord record)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DataFolder.WriteJson(path, Read().Append(record).TakeLast(Kept).ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next run then sends the rows again, which changes nothing.
        }
    }

    private ImportRecord[] Read()
    {
        try
        {
            return path is null ? [] : DataFolder.ReadJson<ImportRecord[]>(path) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }
}
