using System.CommandLine;
using Splitstream.Cli.Report;
using Splitstream.Cli.Server;

namespace Splitstream.Cli.Verbs;

/// <summary>`results`: shows the latest snapshot of an experiment; the server logs the view.</summary>
public static class ResultsVerb
{
    public static Command Create(Checkout checkout, Terminal terminal)
    {
        var key = new Argument<string>("KEY") { Description = "The experiment's key" };
        var json = CommonOptions.Json();
        var server = new ServerOptions();
        var command = new Command("results", "Show the latest snapshot of an experiment") { key, json };
        server.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var api = new ApiClient(server.Resolve(parsed, checkout), terminal.Time);
            var experiment = parsed.GetRequiredValue(key);
            var answer = await api.GetAsync($"/v1/experiments/{Uri.EscapeDataString(experiment)}/results", cancellationToken);
            var results = answer.Require($"No results of '{experiment}'");
            if (parsed.GetValue(json))
            {
                terminal.Out.WriteLine(results.ToJsonString(JsonOutput.Options));
            }
            else
            {
                ResultsReport.Write(terminal.Report(), results);
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
