using Splitstream.Stats.Calibration;

namespace Splitstream.Properties;

/// <summary>What a certificate says of a design, and what fresh experiments say beside it.</summary>
internal static class CertifiedRate
{
    /// <summary>False positives where no variant differs.</summary>
    public static SimulatedRate Of(ExperimentDesign design, Effort effort, ulong stream)
    {
        var options = new CertificateOptions(Seeds.Certificates + stream, effort.Of(200_000), 40, Environment.ProcessorCount);
        return Certifier.Certify(design, options).Nulls[0].FalsePositives;
    }

    /// <summary>Both rates, and their difference within <paramref name="z"/> standard errors.</summary>
    /// <param name="fresh">How many of so many fresh experiments end falsely.</param>
    public static Figure[] Against(string setting, ExperimentDesign design, Effort effort, ulong stream, double z, Func<int, long> fresh)
    {
        var certified = Of(design, effort, stream);
        var runs = effort.Of(100_000);
        var ended = fresh(runs);
        return
        [
            Figure.Rate(setting, "certified rate", certified.Occurrences, certified.Runs),
            Figure.Rate(setting, "rate of fresh experiments", ended, runs),
            Figure.Difference(setting, "fresh minus certified", ended, runs, certified.Occurrences, certified.Runs, z),
        ];
    }
}
