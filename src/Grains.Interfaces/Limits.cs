namespace Splitstream.Grains.Interfaces;

/// <summary>Every bound on what comes from outside, by name.</summary>
public static class Limits
{
    /// <summary>Keys of experiments, groups, layers, holdouts, variants and metrics.</summary>
    public const string KeyPattern = "^[A-Za-z0-9][A-Za-z0-9 ,._:-]{0,99}$";

    public const int VariantsMin = 2;
    public const int VariantsMax = 20;
    public const int HypothesisMinCharacters = 10;
    public const int TextMaxCharacters = 2_000;
    public const int PayloadMaxCharacters = 16_384;
    public const int MetricsPerExperimentMax = 100;
    public const int OverridesMax = 1_000;
    public const int ExperimentsPerAssign = 200;
    public const int UnitsPerBatch = 1_000;
    public const int ItemsPerBatch = 1_000;
    public const int RequestBytes = 1_048_576;
    public const int JsonDepth = 32;
    public const int ItemIdMaxCharacters = 128;
    public const int EventNameMaxCharacters = 256;
    public const int SegmentsMax = 10;
    public const int ExposureAttributesMax = 50;
    public const int AttributeNameMaxCharacters = 100;
    public const int AttributeValueMaxCharacters = 256;
    public const int SdkMaxCharacters = 64;
    public const int PageDefault = 50;
    public const int PageMax = 200;

    /// <summary>Items older than this at receipt are refused, and no ingest id is remembered for longer.</summary>
    public static readonly TimeSpan OldestItem = TimeSpan.FromDays(30);

    /// <summary>Items older than this at receipt are flagged late.</summary>
    public static readonly TimeSpan LateItem = TimeSpan.FromDays(7);

    /// <summary>Items dated further ahead than this are refused.</summary>
    public static readonly TimeSpan FutureItem = TimeSpan.FromMinutes(5);
}
