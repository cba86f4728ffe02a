using System.CommandLine;
using Splitstream.Cli.Server;

namespace Splitstream.Cli.Verbs;

/// <summary>The options by which a client verb finds its server.</summary>
public sealed class ServerOptions
{
    private readonly Option<string?> _data = new("--data") { Description = "Use the server of this data folder", HelpName = "DIR" };
    private readonly Option<string?> _url = new("--url") { Description = "Use the server at this address (else SPLITSTREAM_URL, else the last `up`)", HelpName = "URL" };
    private readonly Option<string?> _key = new("--key") { Description = "The admin key (else SPLITSTREAM_KEY)", HelpName = "KEY" };

    public void AddTo(Command command)
    {
        command.Add(_data);
        command.Add(_url);
        command.Add(_key);
    }

    /// <summary>The server these options, the environment or the last `up` name.</summary>
    public ServerAddress Resolve(ParseResult parsed, Checkout checkout) =>
        ServerResolver.Resolve(
            new ServerChoice(
                parsed.GetValue(_data),
                parsed.GetValue(_url),
                parsed.GetValue(_key),
                Environment.GetEnvironmentVariable("SPLITSTREAM_URL"),
                Environment.GetEnvironmentVariable("SPLITSTREAM_KEY")),
            checkout);
}
