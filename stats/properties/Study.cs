using Splitstream.Properties.Studies;

namespace Splitstream.Properties;

/// <summary>One question that simulation answers.</summary>
/// <param name="Name">What it is called on the command line and in the file.</param>
/// <param name="Title">A heading.</param>
/// <param name="Run">All figures, the same whenever the effort is.</param>
public sealed record Study(string Name, string Title, Func<Effort, IReadOnlyList<Figure>> Run)
{
    public static IReadOnlyList<Study> All { get; } =
    [
        new("anytime", "Methods that may be watched all the time", AnytimeStudy.Run),
        new("group_sequential", "Group sequential tests, however units arrive", GroupSequentialStudy.Run),
        new("certificates_even", "Certificates against fresh A/A experiments, even arrivals", CertificateStudy.RunEvenly),
        new("certificates", "Certificates against fresh A/A experiments, random arrivals", CertificateStudy.Run),
        new("certificates_values", "Certificates of means against fresh A/A experiments", ValueCertificateStudy.Run),
        new("sample_ratio", "Sample ratio mismatch", SampleRatioStudy.Run),
        new("delays", "Outcomes that take days", DelayStudy.Run),
        new("epochs", "Weights that change", EpochStudy.Run),
        new("guardrails", "Guardrails", GuardrailStudy.Run),
        new("late_exposures", "Exposures logged late", LateExposureStudy.Run),
        new("coverage", "Coverage of intervals", CoverageStudy.Run),
        new("bandits", "Bandits", BanditStudy.Run),
    ];
}
