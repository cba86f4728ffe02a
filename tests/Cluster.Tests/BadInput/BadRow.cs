using System.Text;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>One request that must be refused, to the byte, and how.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Path">The request target as it travels, with its escapes.</param>
/// <param name="Code">The code of the problem; empty where HTTP itself is broken, so that no endpoint sees the request and no body answers.</param>
/// <param name="Pointers">The fields that are named; none asks for none in particular.</param>
public sealed record BadRow(string Name, string Method, string Path, byte[] Body, int Status, string Code, params string[] Pointers)
{
    public const string Json = "application/json";

    public BadRow(string name, string method, string path, string body, int status, string code, params string[] pointers)
        : this(name, method, path, Encoding.UTF8.GetBytes(body), status, code, pointers)
    {
    }

    /// <summary>Whose key it carries, by the names of <see cref="BadInputServer.Keys"/>; null for none.</summary>
    public string? Key { get; init; } = "admin";

    /// <summary>Null for no such header.</summary>
    public string? ContentType { get; init; } = Json;

    /// <summary>More headers, each a whole line. One that begins with Content-Length or Transfer-Encoding replaces the true length.</summary>
    public string[] Headers { get; init; } = [];

    /// <summary>Items of ingest that are refused one by one: those the ledger counts as received and rejected, because it accounts for everything.</summary>
    public int RejectedItems { get; init; }

    /// <summary>The row in lists of tests: short, and different for every row.</summary>
    public string Title => $"{Method} {(Path.Length > 80 ? Path[..40] + "..." + Path[^36..] : Path)} - {Name}";

    public BadRow With(string header) => this with { Headers = [.. Headers, header] };
}
