namespace Splitstream.Cli;

/// <summary>What the process answers to its caller.</summary>
public static class ExitCode
{
    /// <summary>The verb did what was asked.</summary>
    public const int Ok = 0;

    /// <summary>The verb was understood and could not be done, or a check said no.</summary>
    public const int Failed = 1;

    /// <summary>The command line itself was wrong.</summary>
    public const int Usage = 2;

    /// <summary>The person at the terminal interrupted the verb (128 + SIGINT, as shells count).</summary>
    public const int Interrupted = 130;
}
