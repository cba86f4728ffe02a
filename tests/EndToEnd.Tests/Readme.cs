namespace Splitstream.EndToEnd.Tests;

/// <summary>What the README tells people to paste.</summary>
public static class Readme
{
    private const string Fence = "```";

    /// <summary>The two commands at the top.</summary>
    public static string Commands => BashBlock("");

    /// <summary>The calls of the tour, one block.</summary>
    public static string Tour => BashBlock("With a server up");

    /// <summary>The first indented command that begins so.</summary>
    public static string Indented(string begin) =>
        Lines().FirstOrDefault(line => line.StartsWith("    " + begin, StringComparison.Ordinal))?.Trim()
        ?? throw new InvalidOperationException($"README.md has no indented line that begins with '{begin}'.");

    /// <summary>The first block of bash after a text.</summary>
    private static string BashBlock(string after)
    {
        var block = Lines().SkipWhile(line => !line.StartsWith(after, StringComparison.Ordinal))
            .SkipWhile(line => line != Fence + "bash").Skip(1).TakeWhile(line => line != Fence).ToArray();
        return block.Length > 0
            ? string.Join('\n', block) + "\n"
            : throw new InvalidOperationException($"README.md has no block of bash after '{after}'.");
    }

    private static string[] Lines() => File.ReadAllLines(Path.Combine(Installation.Root, "README.md"));
}
