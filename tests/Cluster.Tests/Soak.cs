using System.Globalization;

namespace Splitstream.Cluster.Tests;

/// <summary>How long seeded tests go on: a few seeds in every run, more where <c>SPLITSTREAM_SEEDS</c> asks for them.</summary>
public static class Soak
{
    private const int SeedsOfEveryRun = 3;

    public static int Seeds =>
        int.TryParse(Environment.GetEnvironmentVariable("SPLITSTREAM_SEEDS"), CultureInfo.InvariantCulture, out var seeds) ? seeds : SeedsOfEveryRun;
}
