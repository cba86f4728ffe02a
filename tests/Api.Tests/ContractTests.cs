using System.Text.Json;
using System.Text.RegularExpressions;
using Splitstream.Api.Problems;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Tests;

public sealed partial class ContractTests
{
    /// <summary>Set to 1 to write the committed contract instead of comparing with it; then read the difference.</summary>
    private const string Update = "UPDATE_OPENAPI";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_committed_contract_equals_the_running_server()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        JsonElement running = (await host.SendAsync("GET", "/openapi/v1.json", secret: null)).Json;
        string text = JsonSerializer.Serialize(running, Indented).Replace("\r\n", "\n", StringComparison.Ordinal) + "\n";
        string path = Repository.Path("src", "Api", "openapi", "v1.json");
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text);
        }

        Assert.True(File.Exists(path) && await File.ReadAllTextAsync(path) == text, $"{path} is out of date: run this test with {Update}=1 and read the difference.");
    }

    [Fact]
    public async Task The_contract_is_3_1_names_its_security_and_describes_every_operation()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        JsonElement contract = (await host.SendAsync("GET", "/openapi/v1.json", secret: null)).Json;

        Assert.StartsWith("3.1", contract.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal("bearer", contract.GetProperty("components").GetProperty("securitySchemes").GetProperty("apiKey").GetProperty("scheme").GetString());
        foreach (JsonProperty path in contract.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string name = $"{operation.Name} {path.Name}";
                Assert.True(operation.Value.TryGetProperty("summary", out _), name);
                JsonElement responses = operation.Value.GetProperty("responses");
                Assert.True(responses.EnumerateObject().Any(response => response.Name[0] == '2'), name);
                Assert.Contains("application/problem+json", responses.GetProperty("500").GetRawText(), StringComparison.Ordinal);
                int parameters = operation.Value.TryGetProperty("parameters", out JsonElement list)
                    ? list.EnumerateArray().Count(parameter => parameter.GetProperty("in").GetString() == "path")
                    : 0;
                Assert.True(parameters == path.Name.Count(letter => letter == '{'), name);
                bool hasBody = operation.Value.TryGetProperty("requestBody", out JsonElement body);
                Assert.True(!hasBody || body.GetRawText().Contains("#/components/schemas/", StringComparison.Ordinal), name);
            }
        }
    }

    [Fact]
    public async Task The_contract_requires_what_the_server_requires_and_no_more()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        JsonElement schemas = (await host.SendAsync("GET", "/openapi/v1.json", secret: null)).Json.GetProperty("components").GetProperty("schemas");

        Assert.Equal(["key", "name", "hypothesis", "variants"], Required(schemas, "CreateExperimentRequest"));
        Assert.Equal(["unitId"], Required(schemas, "AssignRequest"));
        Assert.Equal([], Required(schemas, "EditExperimentRequest"));
        Assert.Equal(["key", "type"], Required(schemas, "CreateMetricRequest"));
        Assert.Equal(["event"], Required(schemas, "MetricSourceRequest"));
        Assert.DoesNotContain("stale", Required(schemas, "AssignmentResponse"));
        Assert.DoesNotContain("errors", Required(schemas, "ProblemResponse"));
    }

    [Fact]
    public void The_page_of_errors_has_a_paragraph_for_every_code_and_no_other()
    {
        string page = File.ReadAllText(Repository.Path("docs", "errors.md"));
        var sections = SectionRegex().Matches(page).ToDictionary(match => match.Groups["code"].Value, match => (Status: match.Groups["status"].Value, Text: match.Groups["text"].Value));

        Assert.Equal(Enum.GetValues<ErrorCode>().Select(code => code.ToCode()).Order(StringComparer.Ordinal), sections.Keys.Order(StringComparer.Ordinal));
        foreach (ErrorCode code in Enum.GetValues<ErrorCode>())
        {
            Assert.Equal(ProblemMap.Status(code).ToString(System.Globalization.CultureInfo.InvariantCulture), sections[code.ToCode()].Status);
            Assert.True(sections[code.ToCode()].Text.Trim().Length > 40, $"{code} needs a cause and what to do.");
        }
    }

    [Fact]
    public void A_missing_name_in_the_body_is_422_and_a_missing_address_404()
    {
        Assert.Equal(404, ProblemMap.Status(new Problem(ErrorCode.MetricNotFound, "No metric.")));
        Assert.Equal(422, ProblemMap.Status(new Problem(ErrorCode.MetricNotFound, "No metric.", [new FieldError("/primaryMetric", "No metric.")])));
        Assert.Equal(409, ProblemMap.Status(new Problem(ErrorCode.FieldFrozen, "Frozen.", [new FieldError("/mutexGroup", "Frozen.")])));
    }

    private static IEnumerable<string?> Required(JsonElement schemas, string name) =>
        schemas.GetProperty(name).TryGetProperty("required", out JsonElement required) ? required.EnumerateArray().Select(field => field.GetString()) : [];

    [GeneratedRegex(@"^### `(?<code>[a-z_]+)` \((?<status>\d{3})\)\n(?<text>(?:(?!^##).*\n)+)", RegexOptions.Multiline)]
    private static partial Regex SectionRegex();
}
