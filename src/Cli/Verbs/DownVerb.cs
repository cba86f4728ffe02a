using System.CommandLine;
using Splitstream.Cli.Up;

namespace Splitstream.Cli.Verbs;

/// <summary>`down`: stops the server and its database; the data stays.</summary>
public static class DownVerb
{
    public static Command Create(Checkout checkout, Terminal terminal)
    {
        var data = new Option<string?>("--data") { Description = "Data folder of the `up` to stop (default: the last one)", HelpName = "DIR" };
        var command = new Command("down", "Stop what `up` started on a data folder") { data };
        command.SetAction((parsed, _) =>
            new DownSession(DataFolder.At(parsed.GetValue(data) ?? checkout.ReadLast() ?? checkout.DefaultDataFolder), checkout, terminal).RunAsync());
        return command;
    }
}
