using System.Net;
using System.Text.Json.Nodes;
using Splitstream.Cli.Report;
using Splitstream.Cli.Server;

namespace Splitstream.Cli.Import;

/// <summary>One import from the file to the report.</summary>
public sealed class ImportSession(ServerAddress server, Checkout checkout, Terminal terminal, ImportOptions options, bool json)
{
    /// <exception cref="CliException">The file is not in order (nothing was sent then), or the server refused.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        terminal.Error.WriteLine($"Checking {options.File} ...");
        var plan = ImportPlanner.Plan(options, cancellationToken);
        using var api = new ApiClient(server, terminal.Time);
        var experiment = await ImportedExperiment.EnsureAsync(api, plan, cancellationToken);
        var history = ImportHistory.Of(server, checkout);
        var fingerprint = ImportHistory.Fingerprint(server, experiment, plan);
        var path = $"/v1/experiments/{Uri.EscapeDataString(options.Experiment)}";

        ImportTotals? totals = null;
        JsonNode? results = null;
        if (history.Contains(fingerprint))
        {
            terminal.Error.WriteLine("This file was imported before; it is not sent again.");
            var latest = await api.GetAsync($"{path}/results", cancellationToken);
            results = latest.Problem?.Status == HttpStatusCode.NotFound ? null : latest.Require("The results could not be read");
        }

        if (results is null)
        {
            totals = await SendAsync(api, plan, experiment, cancellationToken);
            terminal.Error.WriteLine("Analysing ...");
            (await api.PostAsync($"{path}/analyze", null, cancellationToken)).Require("The analysis failed");
            results = (await api.GetAsync($"{path}/results", cancellationToken)).Require("The results could not be read");
            history.Add(new ImportRecord(fingerprint, options.Experiment, Path.GetFullPath(options.File), terminal.Time.GetUtcNow()));
        }

        NameColumns(results, experiment);
        var summary = new ImportSummary(plan, totals);
        if (json)
        {
            var document = new JsonObject { ["import"] = summary.ToJson(), ["results"] = results };
            terminal.Out.WriteLine(document.ToJsonString(JsonOutput.Options));
        }
        else
        {
            summary.Write(terminal.Report());
            ResultsReport.Write(terminal.Report(), results);
        }

        return ExitCode.Ok;
    }

    private async Task<ImportTotals> SendAsync(ApiClient api, ImportPlan plan, ImportedExperiment experiment, CancellationToken cancellationToken)
    {
        var batches = new ImportBatches(plan, experiment.StartedAt);
        var totals = await new ImportProgress(terminal, plan.Rows).RunAsync(
            report => new ImportSender(api, report).SendAsync(batches.Read(), cancellationToken));
        if (totals.Rejected == 0)
        {
            return totals;
        }

        // Figures over what is left would look as good as the whole ones.
        throw new CliException(
            $"The server refused {totals.Rejected} of {totals.Sent} items, so nothing was analysed:\n{string.Join('\n', totals.Refusals.Select(r => $"  {r}"))}",
            totals.Refusals.Any(r => r.Contains("id_reused", StringComparison.Ordinal))
                ? "The experiment was imported before from a file with other values. Choose another --experiment key."
                : null);
    }

    /// <summary>The results name metrics by key; where the key had to differ from the column's name, the column is shown.</summary>
    private static void NameColumns(JsonNode results, ImportedExperiment experiment)
    {
        foreach (var metric in results["metrics"] as JsonArray ?? [])
        {
            if (metric?["metric"]?.ToString() is { } key && experiment.ColumnOfMetric.TryGetValue(key, out var column) && column != key)
            {
                metric["metric"] = column;
            }
        }
    }
}
