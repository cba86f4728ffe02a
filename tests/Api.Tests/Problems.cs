using System.Text.Json;

namespace Splitstream.Api.Tests;

/// <summary>Checks that a refusal has the shape that every refusal has.</summary>
internal static class Problems
{
    public static void Check(Answer answer, int status, string code, params string[] pointers)
    {
        Assert.True(status == answer.Status, $"Expected {status} {code}, got {answer.Status}: {answer.Text}");
        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType?.MediaType);
        JsonElement problem = answer.Json;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal("urn:splitstream:problem:" + code.Replace('_', '-'), problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEqual("", problem.GetProperty("title").GetString());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
        Assert.NotEqual("", problem.GetProperty("traceId").GetString());
        if (pointers.Length > 0)
        {
            IEnumerable<string> listed = problem.GetProperty("errors").EnumerateObject().Select(error => error.Name);
            Assert.Equal(pointers.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        }
    }
}
