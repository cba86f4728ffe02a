namespace Splitstream.Cli;

/// <summary>An expected failure: shown as one message without a stack trace.</summary>
/// <param name="message">What went wrong, in full sentences, with the values that matter.</param>
/// <param name="hint">What the reader can do about it; null when there is nothing to add.</param>
/// <param name="exitCode">The exit code of the process; <see cref="ExitCode.Failed"/> unless said.</param>
public sealed class CliException(string message, string? hint = null, int exitCode = ExitCode.Failed) : Exception(message)
{
    public string? Hint { get; } = hint;

    public int ExitCodeToUse { get; } = exitCode;

    /// <summary>A mistake in the command line: exit code 2.</summary>
    public static CliException Usage(string message, string? hint = null) => new(message, hint, ExitCode.Usage);
}
