using System.Text.Json;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>
/// Everything that clients get wrong or mean ill, over every endpoint of the whole server: each is refused with its status and code, and
/// not a row of the database changes.
/// </summary>
public sealed class BadInputTests(BadInputServer server) : IClassFixture<BadInputServer>
{
    /// <summary>Rows by title; two rows of one title are refused here.</summary>
    private static readonly Dictionary<string, BadRow> Table = new BadRow[][]
    {
        [.. AnyBodyRows.All()], [.. UnitRows.All()], [.. IngestRows.All()], [.. ExperimentRows.All()], [.. LifecycleRows.All()],
        [.. CatalogRows.All()], [.. AccessRows.All()], [.. AddressRows.All()], [.. TransportRows.All()],
    }.SelectMany(rows => rows).ToDictionary(row => row.Title, StringComparer.Ordinal);

    public static TheoryData<string> Titles() => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Titles))]
    public async Task Bad_input_gets_its_status_and_code_and_stores_nothing(string title)
    {
        var row = Table[title];
        var before = await server.StoredAsync();

        var answer = await server.SendAsync(row);

        Assert.True(row.Status == answer.Status, $"Expected {row.Status} {row.Code}, got {answer.Head}\n{answer.Body}");
        if (row.Code.Length > 0)
        {
            CheckProblem(row, answer);
        }

        Assert.Equal(before, await server.StoredAsync(row.RejectedItems));
    }

    [Fact]
    public void Every_operation_of_the_contract_is_in_the_table_malformed_and_without_a_key()
    {
        foreach (var operation in ContractOperations.All())
        {
            var rows = Table.Values.Where(row => operation.Covers(row.Method, row.Path)).ToList();

            Assert.True(rows.Any(row => row.Status is not (401 or 403)), $"{operation} has no malformed row.");
            Assert.True(operation.IsOpen || rows.Any(row => row.Status == 401), $"{operation} has no unauthenticated row.");
        }

        var open = ContractOperations.All().Where(operation => operation.IsOpen).Select(operation => operation.Path);
        Assert.Equal(["/health/live", "/health/ready", "/metrics"], open.Order(StringComparer.Ordinal));
    }

    private static void CheckProblem(BadRow row, RawAnswer answer)
    {
        Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        var problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(row.Code, problem.GetProperty("code").GetString());
        Assert.Equal("urn:splitstream:problem:" + row.Code.Replace('_', '-'), problem.GetProperty("type").GetString());
        Assert.Equal(row.Status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.NotEqual("", problem.GetProperty("traceId").GetString());
        if (row.Pointers.Length > 0)
        {
            var named = problem.GetProperty("errors").EnumerateObject().Select(error => error.Name);
            Assert.Equal(row.Pointers.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        }
    }
}
