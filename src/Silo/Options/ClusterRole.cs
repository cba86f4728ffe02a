namespace Splitstream.Silo.Options;

/// <summary>What a process of the cluster is for.</summary>
public enum ClusterRole
{
    /// <summary>Holds grains and answers the API.</summary>
    Silo,

    /// <summary>Answers the API and asks the silos; it comes and goes without moving a grain.</summary>
    Api,
}
