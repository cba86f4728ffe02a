using System.Net;

namespace Splitstream.Silo.Options;

/// <summary>Settings of one server, section <c>Splitstream</c> (environment: <c>Splitstream__Urls</c> and so on).</summary>
public sealed record ServerOptions
{
    public const string Section = "Splitstream";

    /// <summary>Addresses to listen on, separated by semicolons.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Npgsql connection string of the database; a direct connection, never through transaction pooling.</summary>
    public string ConnectionString { get; init; } = "";

    /// <summary>
    /// Connection string for the one connection on which the server hears of changes; empty for <see cref="ConnectionString"/>. Direct too.
    /// </summary>
    public string ListenConnectionString { get; init; } = "";

    /// <summary>
    /// Connection string for what endpoints of management read and write; empty for <see cref="ConnectionString"/>. The only one that may go
    /// through transaction pooling.
    /// </summary>
    public string ManagementConnectionString { get; init; } = "";

    /// <summary>
    /// Addresses or ranges (<c>10.0.0.0/8</c>) of fronts, separated by commas, whose X-Forwarded-For and X-Forwarded-Proto are believed;
    /// empty for none. Without it every client behind a front has the front's address, and one that guesses keys slows all of them down.
    /// </summary>
    public string TrustedProxies { get; init; } = "";

    /// <summary>
    /// Seconds, 0 to 300, for which a server that is told to end goes on with everything but calls itself not ready, so that fronts turn
    /// away from it before it refuses connections.
    /// </summary>
    public int DrainSeconds { get; init; }

    /// <summary>Seconds, 1 to 300, that requests in flight and the engine have after that before the server ends all the same.</summary>
    public int ShutdownSeconds { get; init; } = 25;

    /// <summary>
    /// Minutes for which a server that cannot reach the database goes on answering units that it knows, marked as stale; 0 to 1,440.
    /// </summary>
    public int MaxDisconnectedMinutes { get; init; } = 15;

    /// <summary>File that gets the first admin and client key; empty writes none.</summary>
    public string KeysFile { get; init; } = "";

    /// <summary>
    /// Whether the server ends once the database has its schema and the keys file its keys: for whoever wants these before the first server.
    /// </summary>
    public bool PrepareOnly { get; init; }

    /// <summary>Committed rows kept in memory, 64 to 100,000,000; 32 to 50 bytes each when full (docs/operate.md).</summary>
    public int StickyCacheEntries { get; init; } = 4_000_000;

    /// <summary>Days that raw events and exposures are kept; 0 keeps them for ever, otherwise 31 or more.</summary>
    public int RawRetentionDays { get; init; }

    /// <summary>Settings of the cluster engine; of the embedded one, the tenure of partitions only.</summary>
    public ClusterSettings Cluster { get; init; } = new();

    /// <exception cref="InvalidOperationException">Names the setting, its value and the rule.</exception>
    public ServerOptions Validate()
    {
        Require(Urls.Length > 0, nameof(Urls), Urls, "must name at least one address");
        Require(ConnectionString.Length > 0, nameof(ConnectionString), ConnectionString, "must be set to a PostgreSQL database");
        Require(
            MaxDisconnectedMinutes is >= 0 and <= 1_440, nameof(MaxDisconnectedMinutes), MaxDisconnectedMinutes, "must lie in 0 to 1,440");
        Require(DrainSeconds is >= 0 and <= 300, nameof(DrainSeconds), DrainSeconds, "must lie in 0 to 300");
        Require(ShutdownSeconds is >= 1 and <= 300, nameof(ShutdownSeconds), ShutdownSeconds, "must lie in 1 to 300");
        Require(
            TrustedNetworks().All(network => network is not null),
            nameof(TrustedProxies),
            TrustedProxies,
            "must name addresses or ranges separated by commas, such as 10.0.0.7, 10.1.0.0/16");
        Require(
            StickyCacheEntries is >= 64 and <= 100_000_000, nameof(StickyCacheEntries), StickyCacheEntries, "must lie in 64 to 100,000,000");
        Require(
            RawRetentionDays is 0 or >= 31, nameof(RawRetentionDays), RawRetentionDays, "must be 0, or 31 or more so that retries are recognised");
        Cluster.Validate();
        return this;
    }

    /// <summary>The networks of <see cref="TrustedProxies"/>, one address being the smallest of them; null for what is neither.</summary>
    public IEnumerable<IPNetwork?> TrustedNetworks() =>
        TrustedProxies.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(NetworkOf);

    private static IPNetwork? NetworkOf(string text) =>
        IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : IPNetwork.TryParse(text, out var network) ? network : null;

    internal static void Require<T>(bool holds, string setting, T value, string rule)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"Setting {Section}:{setting} is '{value}', but it {rule}.");
        }
    }
}
