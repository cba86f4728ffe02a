using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using Splitstream.Cli.Report;
using Splitstream.Cli.Server;

namespace Splitstream.Cli.Calibration;

/// <summary>`calibrate --from-events`: lets the server try a rule on its own stored units, dealt at random again and again.</summary>
/// <param name="Metric">Key of the metric.</param>
/// <param name="Experiment">Whose rule and variants are tried; null for the default rule and two equal variants.</param>
public sealed record HistoryCalibration(string Metric, string? Experiment, int Days, int? Runs, ulong? Seed)
{
    /// <returns>An <see cref="ExitCode"/>: failed when the history is too short to say anything.</returns>
    public async Task<int> RunAsync(ApiClient api, Terminal terminal, bool asJson, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(api);
        ArgumentNullException.ThrowIfNull(terminal);
        var body = new JsonObject { ["primaryMetric"] = Metric, ["fromEvents"] = new JsonObject { ["days"] = Days } };
        if (Runs is { } runs)
        {
            body["runs"] = runs;
        }

        if (Seed is { } seed)
        {
            body["seed"] = seed;
        }

        if (Experiment is not null)
        {
            var found = (await api.GetAsync($"/v1/experiments/{Uri.EscapeDataString(Experiment)}", cancellation)).Require($"No experiment '{Experiment}'");
            body["decisionRule"] = found["decisionRule"]?.DeepClone();
            body["variants"] = new JsonArray([.. found["variants"]!.AsArray().Select(variant => new JsonObject
            {
                ["key"] = variant!["key"]!.DeepClone(),
                ["weight"] = variant["weight"]!.DeepClone(),
                ["isControl"] = variant["isControl"]?.DeepClone(),
            })]);
        }

        var answer = (await api.PostAsync("/v1/calibrate", body, cancellation)).Require("The history could not be calibrated on");
        if (asJson)
        {
            terminal.Out.WriteLine(answer.ToJsonString(JsonOutput.Options));
        }
        else
        {
            Show(terminal.Report(), answer);
        }

        return answer["falsePositiveRate"] is null ? ExitCode.Failed : ExitCode.Ok;
    }

    private void Show(IAnsiConsole console, JsonNode answer)
    {
        var history = answer["history"];
        if (history is not null)
        {
            console.WriteLine(
                $"{Number(history["units"], "N0")} units of the last {Number(history["days"], "0.#")} days, dealt at random {Number(answer["runs"], "N0")} times");
        }

        if (answer["falsePositiveRate"] is not { } rate)
        {
            console.WriteLine($"Too little history: {Why(answer["reason"]?.ToString(), history)}");
        }
        else
        {
            console.WriteLine(
                $"False decisions: {Percent(rate["rate"])} (95 % limits {Percent(rate["lower"])} to {Percent(rate["upper"])}), " +
                $"at {Number(answer["looks"], "N0")} looks; at most {Percent(rate["upperBound"])} with 95 % confidence");
            if (history?["isWholeHorizon"]?.GetValue<bool>() == false)
            {
                console.WriteLine("The rule would look for longer than this history is: over its whole horizon it acts falsely more often.");
            }
        }

        if (answer["proposal"] is { } proposal)
        {
            console.WriteLine(
                $"Qualifies: threshold {proposal["posteriorThreshold"]} with a minimum sample of {Number(proposal["minSample"], "N0")}, " +
                $"{Percent(proposal["falsePositiveRate"]?["rate"])} false decisions");
        }
    }

    private string Why(string? reason, JsonNode? history) => reason switch
    {
        "min_sample_unreachable" => $"only {Number(history?["unitsPerVariant"], "N0")} units a variant, fewer than the rule's minimum sample.",
        "min_days_unreachable" => $"{Number(history?["days"], "0.#")} days, fewer than the rule waits for at least.",
        "no_history" => $"no units in the last {Days} days, or all with the same value of {Metric}.",
        "outcome_delay" => $"{Metric} has no window, so that no outcome is ever final.",
        _ => $"{reason}.",
    };

    private static string Number(JsonNode? value, string format) => value?.GetValue<double>().ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Percent(JsonNode? value) => value is null ? "-" : $"{(100 * value.GetValue<double>()).ToString("F2", CultureInfo.InvariantCulture)} %";
}
