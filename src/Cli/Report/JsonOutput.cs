using System.Text.Encodings.Web;
using System.Text.Json;

namespace Splitstream.Cli.Report;

/// <summary>How --json prints: indented, with letters of every language as they are.</summary>
public static class JsonOutput
{
    public static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
