using System.CommandLine;

namespace Splitstream.Cli.Verbs;

/// <summary>Options that several verbs share, worded once.</summary>
public static class CommonOptions
{
    /// <summary>Print one JSON document instead of text.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON for machines" };
}
