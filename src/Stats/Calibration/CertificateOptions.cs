namespace Splitstream.Stats.Calibration;

/// <summary>How much is simulated.</summary>
/// <param name="Seed">Any number; the same seed gives the same figures, whatever the number of threads.</param>
/// <param name="Runs">Per null hypothesis; a certificate needs 200,000.</param>
/// <param name="EffectRuns">Per effect, and per method of the comparison.</param>
/// <param name="Threads">1 or more.</param>
public sealed record CertificateOptions(ulong Seed, int Runs = 200_000, int EffectRuns = 20_000, int Threads = 2)
{
    /// <summary>Fewer runs cannot certify.</summary>
    public const int RunsNeeded = 200_000;

    internal void Check()
    {
        Guard.AtLeast(Runs, 1);
        Guard.AtLeast(EffectRuns, 1);
        Guard.AtLeast(Threads, 1);
    }
}
