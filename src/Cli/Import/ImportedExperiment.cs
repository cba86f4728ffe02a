using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Splitstream.Cli.Server;

namespace Splitstream.Cli.Import;

/// <summary>The experiment an import feeds, as the server holds it.</summary>
/// <param name="StartedAt">The server's time of its start; the time of every imported exposure.</param>
/// <param name="Identity">Changes when the experiment is another one under the same key (a new database).</param>
/// <param name="ColumnOfMetric">The column behind each metric key.</param>
public sealed record ImportedExperiment(DateTimeOffset StartedAt, string Identity, IReadOnlyDictionary<string, string> ColumnOfMetric)
{
    private const int MaximumKeyCharacters = 100;

    /// <summary>Makes and starts the experiment, or finds that the one there is the same.</summary>
    /// <exception cref="CliException">Another experiment has the key, or the server refused.</exception>
    public static async Task<ImportedExperiment> EnsureAsync(ApiClient api, ImportPlan plan, CancellationToken cancellationToken)
    {
        var key = plan.Options.Experiment;
        var path = $"/v1/experiments/{Uri.EscapeDataString(key)}";
        var found = await ReadAsync(api, path, cancellationToken);
        if (found is not null)
        {
            RequireSame(found, plan, null);
        }

        var metrics = new List<string>();
        foreach (var metric in plan.Metrics)
        {
            metrics.Add(await EnsureMetricAsync(api, metric, key, cancellationToken));
        }

        if (found is null)
        {
            var answer = await api.PostAsync("/v1/experiments", Definition(plan, metrics), cancellationToken);
            if (answer.Problem is { Status: not HttpStatusCode.Conflict } problem)
            {
                throw problem.ToException($"The experiment '{key}' could not be made");
            }

            found = await ReadAsync(api, path, cancellationToken)
                ?? throw new CliException($"The server neither made nor has the experiment '{key}': {answer.Problem?.Detail}");
        }

        RequireSame(found, plan, metrics);
        if (found["status"]?.ToString() == "draft")
        {
            (await api.PostAsync($"{path}/start", null, cancellationToken, found["version"]?.ToString())).Require($"The experiment '{key}' could not be started");
            found = (await api.GetAsync(path, cancellationToken)).Require($"The experiment '{key}' could not be read");
        }

        if (!DateTimeOffset.TryParse(found["startedAt"]?.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var startedAt))
        {
            throw new CliException($"The experiment '{key}' has not started (status {found["status"]}).");
        }

        var columns = metrics.Zip(plan.Metrics).ToDictionary(pair => pair.First, pair => pair.Second.Column);
        return new ImportedExperiment(startedAt, $"{found["bucketingSeed"]}|{found["createdAt"]}|{found["startedAt"]}", columns);
    }

    private static async Task<JsonNode?> ReadAsync(ApiClient api, string path, CancellationToken cancellationToken)
    {
        var answer = await api.GetAsync(path, cancellationToken);
        return answer.Problem?.Status == HttpStatusCode.NotFound ? null : answer.Require("The experiment could not be read");
    }

    /// <summary>Makes a metric under the column's name, or under a longer key where that one means something else already.</summary>
    private static async Task<string> EnsureMetricAsync(ApiClient api, PlannedMetric metric, string experiment, CancellationToken cancellationToken)
    {
        foreach (var key in MetricKeys(metric.Column, experiment))
        {
            var definition = new JsonObject
            {
                ["key"] = key,
                ["name"] = metric.Column,
                ["type"] = metric.Type.ToString().ToLowerInvariant(),
                ["event"] = metric.EventName,
                ["propertyPath"] = "$.value",
            };
            var answer = await api.PostAsync("/v1/metrics", definition, cancellationToken);
            if (answer.Problem is null)
            {
                return key;
            }

            if (answer.Problem.Status != HttpStatusCode.Conflict)
            {
                throw answer.Problem.ToException($"The metric for column '{metric.Column}' could not be made");
            }

            var there = await FindMetricAsync(api, key, cancellationToken);
            if (there is not null && new[] { "type", "event", "propertyPath" }.All(field => there[field]?.ToString() == definition[field]!.ToString()))
            {
                return key;
            }
        }

        throw new CliException($"Every key for the metric of column '{metric.Column}' is taken by another definition.", "Choose another --experiment key.");
    }

    private static async Task<JsonNode?> FindMetricAsync(ApiClient api, string key, CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var path = "/v1/metrics?limit=100" + (cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}");
            var page = (await api.GetAsync(path, cancellationToken)).Require("The metrics could not be listed");
            if ((page["items"] as JsonArray)?.FirstOrDefault(item => item?["key"]?.ToString() == key) is { } found)
            {
                return found;
            }

            cursor = page["nextCursor"]?.ToString();
        }
        while (cursor is not null);
        return null;
    }

    /// <summary>The keys to try: the column's name, then with the experiment before it; a name that is no key is spelt out with a hash.</summary>
    private static IEnumerable<string> MetricKeys(string column, string experiment)
    {
        if (ImportOptions.IsKey(column))
        {
            yield return column;
        }

        var full = $"{experiment}:{column}";
        if (ImportOptions.IsKey(full))
        {
            yield return full;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(full)).AsSpan(0, 6));
        var plain = string.Concat(full.Select(c => ImportOptions.IsKey("a" + c) ? c : '-'));
        yield return $"{plain[..Math.Min(plain.Length, MaximumKeyCharacters - hash.Length - 1)]}-{hash}";
    }

    private static JsonObject Definition(ImportPlan plan, List<string> metrics) => new()
    {
        ["key"] = plan.Options.Experiment,
        ["name"] = plan.Options.Experiment,
        ["hypothesis"] = $"Imported: some variant differs from {plan.Options.Control} on {plan.Metrics[0].Column}.",
        ["unitType"] = "user",
        ["assignment"] = "external",
        ["variants"] = new JsonArray([.. plan.Variants.Select(variant => new JsonObject
        {
            ["key"] = variant.Key,
            ["weight"] = variant.Weight,
            ["isControl"] = variant.IsControl,
        })]),
        ["primaryMetric"] = metrics[0],
        ["secondaryMetrics"] = new JsonArray([.. metrics.Skip(1).Select(metric => JsonValue.Create(metric))]),
        ["decisionRule"] = new JsonObject { ["method"] = "fixed_horizon" },
    };

    /// <param name="metrics">Null before their keys are known.</param>
    private static void RequireSame(JsonNode found, ImportPlan plan, List<string>? metrics)
    {
        void Compare(string what, string there, string here)
        {
            if (there != here)
            {
                throw new CliException(
                    $"The experiment '{plan.Options.Experiment}' exists with another definition: {what} is {there}, this import has {here}.",
                    "Choose another --experiment key, or import with the columns and weights of the first time.");
            }
        }

        Compare("assignment", found["assignment"]?.ToString() ?? "server", "external");
        Compare("control", Controls(found), $"'{plan.Options.Control}'");
        Compare("the list of variants with their shares", Shares(found), Shares(plan.Variants.Select(v => (v.Key, (double)v.Weight))));
        if (metrics is not null)
        {
            Compare("the primary metric", $"'{found["primaryMetric"]}'", $"'{metrics[0]}'");
            Compare(
                "the list of secondary metrics",
                Listed((found["secondaryMetrics"] as JsonArray ?? []).Select(metric => metric!.ToString())),
                Listed(metrics.Skip(1)));
        }
    }

    private static string Controls(JsonNode experiment) =>
        Listed((experiment["variants"] as JsonArray ?? []).Where(v => v?["isControl"]?.GetValue<bool>() == true).Select(v => v!["key"]!.ToString()));

    private static string Shares(JsonNode experiment) =>
        Shares((experiment["variants"] as JsonArray ?? []).Select(v => (v!["key"]!.ToString(), v["weight"]?.GetValue<double>() ?? 0)));

    private static string Shares(IEnumerable<(string Key, double Weight)> variants)
    {
        var list = variants.OrderBy(v => v.Key, StringComparer.Ordinal).ToArray();
        var sum = list.Sum(v => v.Weight);
        return string.Join(", ", list.Select(v => string.Create(CultureInfo.InvariantCulture, $"'{v.Key}' {v.Weight / sum:0.######}")));
    }

    private static string Listed(IEnumerable<string> texts) => string.Join(", ", texts.Order(StringComparer.Ordinal).Select(text => $"'{text}'"));
}
