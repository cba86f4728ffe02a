using Orleans.Configuration;

namespace Splitstream.Silo.Cluster;

/// <summary>
/// How soon the cluster notices that a silo is gone. Orleans' own settings, made for clusters where a wrong verdict costs state, take some
/// fifteen seconds. Here a wrong verdict costs a restart with an empty cache, because the database decides every claim; so two missed probes
/// are enough, which takes two to three seconds.
/// </summary>
/// <remarks>
/// The price: a silo that is frozen for so long, by a suspended machine or a starved processor, is declared dead and must start again. From
/// three silos on two must agree, so that a single sick one cannot bury the others; of two, one may bury the other, and the version of the
/// membership table lets only one of them do so. The longest probe leaves room for Orleans to believe a silo more slowly when it finds that
/// it is short of breath itself.
/// </remarks>
internal static class Membership
{
    /// <summary>How long a client may go on asking a silo that is gone, or not know one that has come.</summary>
    public static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(5);

    /// <summary>A silo that has given no sign of life for so long is buried by whoever notices first.</summary>
    public static TimeSpan Silence => (SignOfLife * MissedSigns) + TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    private const int MissedSigns = 3;
    private const int MissedProbes = 2;
    private const int Votes = 2;
    private const int Patience = 3;

    public static void Tighten(ClusterMembershipOptions options, TimeSpan probeTimeout)
    {
        options.ProbeTimeout = probeTimeout;
        options.MinProbeTimeout = probeTimeout;
        options.MaxProbeTimeout = probeTimeout * Patience;
        options.NumMissedProbesLimit = MissedProbes;
        options.NumVotesForDeathDeclaration = Votes;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        options.IAmAliveTablePublishTimeout = SignOfLife;
        options.NumMissedTableIAmAliveLimit = MissedSigns;
        options.DefunctSiloExpiration = TimeSpan.FromDays(1);
    }
}
