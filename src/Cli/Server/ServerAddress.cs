using Splitstream.Cli.Up;

namespace Splitstream.Cli.Server;

/// <summary>Where the server is and which key opens it.</summary>
/// <param name="Url">The base address without a slash at its end.</param>
/// <param name="Data">The data folder it was found by; null when the address was given.</param>
public sealed record ServerAddress(string Url, string Key, DataFolder? Data)
{
    /// <summary>What the person should type when nobody answers at <see cref="Url"/>.</summary>
    public string StartHint => Data is null
        ? "Check the address (--url or SPLITSTREAM_URL), or start a server here: ./splitstream up --detach"
        : $"Start it: ./splitstream up --detach --data {Data.Path}";
}
