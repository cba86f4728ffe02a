using System.CommandLine;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Verbs;

/// <summary>`up`: provisions the database, starts the server and prints its address and keys.</summary>
public static class UpVerb
{
    public static Command Create(Checkout checkout, Terminal terminal)
    {
        var port = new Option<int?>("--port") { Description = $"Loopback port of the server (default {UpOptions.DefaultPort})", HelpName = "PORT" };
        var data = new Option<string?>("--data") { Description = "Folder that holds everything (default .splitstream in the checkout)", HelpName = "DIR" };
        var detach = new Option<bool>("--detach") { Description = "Return once ready and leave the server running; output goes to DIR/log" };
        var json = CommonOptions.Json();
        var command = new Command("up", "Start the server and its private database; installs what is missing") { port, data, detach, json };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(port) is < 1 or > 65535)
            {
                throw CliException.Usage("--port must lie between 1 and 65535.");
            }

            var folder = DataFolder.At(parsed.GetValue(data) ?? checkout.DefaultDataFolder);
            var options = new UpOptions(parsed.GetValue(port), parsed.GetValue(detach), parsed.GetValue(json));
            return new UpSession(folder, checkout, terminal, options).RunAsync(cancellationToken);
        });
        return command;
    }
}
