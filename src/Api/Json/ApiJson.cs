using System.Text.Encodings.Web;
using System.Text.Json;
using Splitstream.Grains.Interfaces;

namespace Splitstream.Api.Json;

/// <summary>How this API reads and writes JSON, in one place.</summary>
internal static class ApiJson
{
    /// <summary>Strict: no comments, no trailing commas, no repeated names, bounded depth.</summary>
    public static readonly JsonDocumentOptions DocumentOptions = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = Limits.JsonDepth,
    };

    public static readonly JsonReaderOptions ReaderOptions = new()
    {
        AllowTrailingCommas = false,
        CommentHandling = JsonCommentHandling.Disallow,
        MaxDepth = Limits.JsonDepth,
    };

    /// <summary>Text outside ASCII is written as it is: answers are never embedded in HTML.</summary>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };
}
