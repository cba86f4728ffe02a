using System.CommandLine;
using System.Text.Json.Nodes;
using Splitstream.Cli.Report;
using Splitstream.Cli.Server;

namespace Splitstream.Cli.Verbs;

/// <summary>`verify`: lets the server recompute a snapshot, from its sums and from the raw rows. Exit code 1 unless both match.</summary>
public static class VerifyVerb
{
    private const string Matches = "matches";

    public static Command Create(Checkout checkout, Terminal terminal)
    {
        var snapshot = new Argument<string>("SNAPSHOT") { Description = "The snapshot's id, as `results` shows it" };
        var experiment = new Option<string?>("--experiment") { Description = "Key of its experiment (default: the server is asked)", HelpName = "KEY" };
        var json = CommonOptions.Json();
        var server = new ServerOptions();
        var command = new Command("verify", "Recompute a snapshot from its sums and from the raw rows") { snapshot, experiment, json };
        server.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var api = new ApiClient(server.Resolve(parsed, checkout), terminal.Time);
            var id = parsed.GetRequiredValue(snapshot);
            var key = parsed.GetValue(experiment) ?? await FindExperimentAsync(api, id, cancellationToken);
            var path = $"/v1/experiments/{Uri.EscapeDataString(key)}/snapshots/{Uri.EscapeDataString(id)}/verify";
            var answer = (await api.PostAsync(path, null, cancellationToken)).Require($"Snapshot {id} could not be verified");
            var levels = new[] { "engine", "data" };
            if (parsed.GetValue(json))
            {
                terminal.Out.WriteLine(answer.ToJsonString(JsonOutput.Options));
            }
            else
            {
                terminal.Out.WriteLine($"Snapshot {id} of {key}");
                foreach (var (name, value) in answer.AsObject())
                {
                    terminal.Out.WriteLine($"  {name}: {(value is JsonObject or JsonArray ? value.ToJsonString(JsonOutput.Options) : value?.ToString() ?? "-")}");
                }
            }

            return levels.All(level => answer[level] is JsonValue value && value.ToString() == Matches) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<string> FindExperimentAsync(ApiClient api, string id, CancellationToken cancellationToken)
    {
        var found = (await api.GetAsync($"/v1/snapshots/{Uri.EscapeDataString(id)}", cancellationToken)).Require($"No snapshot {id}");
        return found["experiment"]?.ToString() ?? throw new CliException($"The server does not say which experiment snapshot {id} belongs to.", "Name it with --experiment.");
    }
}
