namespace Splitstream.Engine.Tests;

/// <summary>
/// Where the engines differ in a way that a grain could notice. Tests assert each engine's own behaviour by these values; grains rely
/// on neither. <c>docs/decisions/0008-two-engines-one-model.md</c> lists them with those that cannot be seen from one process.
/// </summary>
internal static class EngineDifferences
{
#if ORLEANS
    private static readonly bool Cluster = true;
#else
    private static readonly bool Cluster = false;
#endif

    /// <summary>
    /// Calls that grains make while the host stops are answered, by an activation made for them where needed. Orleans may refuse them
    /// instead, with an OrleansException: a silo that stops activates nothing any more.
    /// </summary>
    public static bool CallsAreAnsweredWhileTheHostStops => !Cluster;

    /// <summary>
    /// A request that writes waits for every read-only request that runs. On Orleans it waits for the one that began first: when that
    /// one is done, the writing request runs beside the others.
    /// </summary>
    public static bool WritersWaitForEveryReader => !Cluster;
}
