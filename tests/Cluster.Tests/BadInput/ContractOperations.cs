using System.Text.Json;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>One operation of the published contract.</summary>
/// <param name="Path">With its parameters in braces.</param>
/// <param name="IsOpen">Needs no key.</param>
/// <param name="Siblings">All methods of the path.</param>
public sealed record ContractOperation(string Method, string Path, bool IsOpen, bool TakesBody, IReadOnlyList<string> Siblings)
{
    /// <summary>Whether a request is one of this operation, or asks its address for a method that is not there.</summary>
    public bool Covers(string method, string target)
    {
        var (wanted, sent) = (Path.Split('/'), target.Split('?')[0].Split('/'));
        return (method == Method || !Siblings.Contains(method))
            && wanted.Length == sent.Length
            && wanted.Zip(sent).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
    }

    public override string ToString() => $"{Method} {Path}";
}

/// <summary>The operations of <c>src/Api/openapi/v1.json</c>.</summary>
public static class ContractOperations
{
    public static IEnumerable<ContractOperation> All()
    {
        using var contract = JsonDocument.Parse(File.ReadAllText(ContractFile()));
        foreach (var path in contract.RootElement.GetProperty("paths").EnumerateObject())
        {
            var methods = path.Value.EnumerateObject().Select(operation => operation.Name.ToUpperInvariant()).ToList();
            foreach (var operation in path.Value.EnumerateObject())
            {
                var isOpen = !operation.Value.TryGetProperty("security", out var security) || security.GetArrayLength() == 0;
                yield return new ContractOperation(operation.Name.ToUpperInvariant(), path.Name, isOpen, operation.Value.TryGetProperty("requestBody", out _), methods);
            }
        }
    }

    private static string ContractFile()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = System.IO.Path.Combine(folder.FullName, "src", "Api", "openapi", "v1.json");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new InvalidOperationException("No folder above the tests has src/Api/openapi/v1.json.");
    }
}
