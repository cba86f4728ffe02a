using System.CommandLine;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Verbs;

/// <summary>`up`: provisions the database, starts the servers and prints their addresses and keys.</summary>
public static class UpVerb
{
    public static Command Create(Checkout checkout, Terminal terminal)
    {
        var port = new Option<int?>("--port") { Description = $"Loopback port of the server, the first one of several (default {UpOptions.DefaultPort})", HelpName = "PORT" };
        var nodes = new Option<int?>("--nodes") { Description = $"Servers over the one database, on consecutive ports, 1 to {UpOptions.MostNodes} (default 1)", HelpName = "N" };
        var data = new Option<string?>("--data") { Description = "Folder that holds everything (default .splitstream in the checkout)", HelpName = "DIR" };
        var detach = new Option<bool>("--detach") { Description = "Return once ready and leave the server running; output goes to DIR/log" };
        var json = CommonOptions.Json();
        var command = new Command("up", "Start the server and its private database; installs what is missing") { port, nodes, data, detach, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(port) is < 1 or > Ports.Last)
            {
                throw CliException.Usage($"--port must lie between 1 and {Ports.Last}.");
            }

            if (parsed.GetValue(nodes) is < 1 or > UpOptions.MostNodes)
            {
                throw CliException.Usage($"--nodes must lie between 1 and {UpOptions.MostNodes}.");
            }

            _ = Ports.Consecutive(parsed.GetValue(port) ?? UpOptions.DefaultPort, parsed.GetValue(nodes) ?? 1);

            var folder = DataFolder.At(parsed.GetValue(data) ?? checkout.DefaultDataFolder);
            var options = new UpOptions(parsed.GetValue(port), parsed.GetValue(nodes), parsed.GetValue(detach), parsed.GetValue(json));
            return new UpSession(folder, checkout, terminal, options).RunAsync(cancellationToken);
        });
        return command;
    }
}
