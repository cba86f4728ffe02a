namespace Splitstream.Properties;

/// <summary>How much of a study is run.</summary>
/// <param name="Share">1 for the published figures, less for a short version, in (0, 1].</param>
public sealed record Effort(double Share)
{
    /// <summary>Everything.</summary>
    public static Effort Full { get; } = new(1);

    /// <summary>That share of the full number of runs, at least 40.</summary>
    public int Of(int runs) => Math.Max(40, (int)(runs * Share));

    /// <summary>
    /// Standard errors that a difference may have in the full study; a short one has the slack of <see cref="Figure.IsPlausible"/>.
    /// </summary>
    public double Allowed(double z) => Share < 1 ? 0 : z;
}
