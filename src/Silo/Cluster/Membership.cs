using Orleans.Configuration;

namespace Splitstream.Silo.Cluster;

/// <summary>
/// How soon the cluster notices that a silo is gone. Orleans' own settings, made for clusters where a wrong verdict costs state, take some
/// fifteen seconds. Here a wrong verdict costs a restart and nothing else, because the database decides every claim; so the verdict comes
/// after two missed probes. The price: a silo that is frozen for longer than that, by a suspended machine or a starved processor, is
/// declared dead and must start again.
/// </summary>
internal static class Membership
{
    /// <summary>How long a client may go on asking a silo that is gone, or not know one that has come.</summary>
    public static readonly TimeSpan GatewayRefresh = TimeSpan.FromSeconds(5);

    private const int MissedProbes = 2;

    public static void Tighten(ClusterMembershipOptions options, TimeSpan probeTimeout)
    {
        options.ProbeTimeout = probeTimeout;
        options.MinProbeTimeout = probeTimeout / 2;

        // Also the time for which traffic on an open connection speaks for a silo that misses its probes, for each of them.
        options.MaxProbeTimeout = probeTimeout;
        options.NumMissedProbesLimit = MissedProbes;

        // Of two silos one must be able to bury the other.
        options.NumVotesForDeathDeclaration = 1;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        options.DefunctSiloExpiration = TimeSpan.FromDays(1);
    }
}
