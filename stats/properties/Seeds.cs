namespace Splitstream.Properties;

/// <summary>Fixed, and committed, before anything was compared; never changed because of a result.</summary>
public static class Seeds
{
    /// <summary>Of the fresh runs.</summary>
    public const ulong Seed = 20261201;

    /// <summary>Of the certificates that they are compared with.</summary>
    public const ulong Certificates = 20261202;
}
