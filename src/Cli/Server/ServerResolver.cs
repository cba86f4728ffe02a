using Splitstream.Cli.Up;

namespace Splitstream.Cli.Server;

/// <summary>What the command line and the environment say about the server to use.</summary>
/// <param name="Data">--data.</param>
/// <param name="Url">--url.</param>
/// <param name="Key">--key.</param>
/// <param name="EnvironmentUrl">SPLITSTREAM_URL.</param>
/// <param name="EnvironmentKey">SPLITSTREAM_KEY.</param>
public sealed record ServerChoice(string? Data, string? Url, string? Key, string? EnvironmentUrl, string? EnvironmentKey);

/// <summary>Finds the server of a client verb: --data, else --url and --key, else the environment, else the last `up`.</summary>
public static class ServerResolver
{
    /// <exception cref="CliException">Nothing names a server, or the named one is not running or has no key.</exception>
    public static ServerAddress Resolve(ServerChoice choice, Checkout checkout)
    {
        if (choice.Data is not null && choice.Url is not null)
        {
            throw CliException.Usage("--data and --url name two servers; give one of them.");
        }

        if (choice.Data is not null)
        {
            return FromData(DataFolder.At(choice.Data), choice.Key);
        }

        if (NotEmpty(choice.Url) is { } url)
        {
            return FromUrl(url, NotEmpty(choice.Key) ?? NotEmpty(choice.EnvironmentKey), "--url");
        }

        if (NotEmpty(choice.EnvironmentUrl) is { } environmentUrl)
        {
            return FromUrl(environmentUrl, NotEmpty(choice.Key) ?? NotEmpty(choice.EnvironmentKey), "SPLITSTREAM_URL");
        }

        if (checkout.ReadLast() is { } last)
        {
            return FromData(DataFolder.At(last), choice.Key);
        }

        throw new CliException("No server is known.",
            "Start one: ./splitstream up --detach. Or name one: --data DIR, or --url URL --key KEY, or SPLITSTREAM_URL and SPLITSTREAM_KEY.");
    }

    private static ServerAddress FromUrl(string url, string? key, string source)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("http" or "https"))
        {
            throw CliException.Usage($"{source} is no http address: {url}");
        }

        return new ServerAddress(
            url.TrimEnd('/'),
            key ?? throw CliException.Usage($"{source} names a server, but there is no key for it.", "Give --key, or set SPLITSTREAM_KEY."),
            null);
    }

    private static ServerAddress FromData(DataFolder data, string? key)
    {
        var start = $"Start it: ./splitstream up --detach --data {data.Path}";
        if (!Directory.Exists(data.Path))
        {
            throw new CliException($"There is no data folder {data.Path}.", start);
        }

        var servers = UpState.Read(data).LiveServers();
        if (servers.Count == 0)
        {
            throw new CliException($"The server of {data.Path} is not running.", start);
        }

        var admin = NotEmpty(key) ?? Keys.Read(data)?.Admin
            ?? throw new CliException($"{data.KeysFile} holds no keys.", "Give one with --key.");
        return new ServerAddress(servers[0].Url, admin, data);
    }

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
