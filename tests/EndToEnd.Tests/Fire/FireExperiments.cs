namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>The keys of one seed's experiments: two that exclude each other and one that is free.</summary>
public sealed record FireExperiments(string Left, string Right, string Free)
{
    public IReadOnlyList<string> All => [Left, Right, Free];

    /// <summary>One experiment, both exclusive ones, or all three.</summary>
    public IReadOnlyList<string> Choose(Random random) => random.Next(3) switch
    {
        0 => [All[random.Next(All.Count)]],
        1 => [Left, Right],
        _ => All,
    };

    /// <summary>The two variants of every experiment, as a request names them.</summary>
    public static object[] Variants(int control, int treatment) =>
        [new { key = "control", weight = control }, new { key = "treatment", weight = treatment }];
}
