namespace Splitstream.Silo.Options;

/// <summary>Settings of the cluster engine, section <c>Splitstream:Cluster</c>.</summary>
public sealed record ClusterSettings
{
    /// <summary>Silos with the same id over the same database find each other.</summary>
    public string ClusterId { get; init; } = "splitstream";

    /// <summary>Owner of stored state and reminders; it stays when the cluster is renamed.</summary>
    public string ServiceId { get; init; } = "splitstream";

    /// <summary>What this process is in the cluster.</summary>
    public ClusterRole Role { get; init; } = ClusterRole.Silo;

    /// <summary>
    /// Address, or name that resolves to one, at which the other silos and clients reach this one, and the only one on which it listens to
    /// them. Whoever reaches it is trusted: it belongs to a private network.
    /// </summary>
    public string AdvertisedAddress { get; init; } = "127.0.0.1";

    /// <summary>Port for the other silos, 1 to 65,535; 0 takes one that is free.</summary>
    public int SiloPort { get; init; } = 11_111;

    /// <summary>Port for clients, 1 to 65,535; 0 takes one that is free.</summary>
    public int GatewayPort { get; init; } = 30_000;

    /// <summary>
    /// Seconds, 1 to 60, after which a silo's silence counts as one missed probe; two of them, and it is declared dead. Short ones notice a
    /// loss soon, and declare a silo dead that was only frozen for as long.
    /// </summary>
    public int ProbeTimeoutSeconds { get; init; } = 1;

    /// <summary>
    /// Seconds, 1 to 86,400, after which a partition that takes claims is placed anew; so long it takes until silos that joined have their
    /// share of busy ones.
    /// </summary>
    public int PartitionTenureSeconds { get; init; } = 300;

    /// <summary>
    /// Whether <c>/dashboard</c> shows silos and grains to holders of an admin key. It measures every call of a grain, which costs a little.
    /// </summary>
    public bool Dashboard { get; init; }

    internal void Validate()
    {
        Require(ClusterId.Length is > 0 and <= 100, nameof(ClusterId), ClusterId, "must have 1 to 100 characters");
        Require(ServiceId.Length is > 0 and <= 100, nameof(ServiceId), ServiceId, "must have 1 to 100 characters");
        Require(Enum.IsDefined(Role), nameof(Role), Role, "must be silo or api");
        Require(AdvertisedAddress.Length > 0, nameof(AdvertisedAddress), AdvertisedAddress, "must be an address or a name of this host");
        Require(SiloPort is >= 0 and <= 65_535, nameof(SiloPort), SiloPort, "must lie in 0 to 65,535");
        Require(GatewayPort is >= 0 and <= 65_535, nameof(GatewayPort), GatewayPort, "must lie in 0 to 65,535");
        Require(ProbeTimeoutSeconds is >= 1 and <= 60, nameof(ProbeTimeoutSeconds), ProbeTimeoutSeconds, "must lie in 1 to 60");
        Require(
            PartitionTenureSeconds is >= 1 and <= 86_400, nameof(PartitionTenureSeconds), PartitionTenureSeconds, "must lie in 1 to 86,400");
    }

    private static void Require<T>(bool holds, string setting, T value, string rule) =>
        ServerOptions.Require(holds, $"Cluster:{setting}", value, rule);
}
