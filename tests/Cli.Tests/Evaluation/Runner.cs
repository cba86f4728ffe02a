using System.Text;
using System.Text.Json;
using Splitstream.Cli.Evaluation;

namespace Splitstream.Cli.Tests.Evaluation;

/// <summary>Puts lines through the conformance runner.</summary>
internal static class Runner
{
    public static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Splitstream.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Splitstream.sln above {AppContext.BaseDirectory}.");
    }

    /// <summary>The bytes of all answers to the bytes of an input.</summary>
    public static async Task<byte[]> RawAsync(byte[] input)
    {
        using var output = new MemoryStream();
        await EvalRunner.RunAsync(new MemoryStream(input), output);
        return output.ToArray();
    }

    /// <summary>The answers, one per line of the output.</summary>
    public static async Task<JsonElement[]> AskAsync(string input)
    {
        string output = Encoding.UTF8.GetString(await RawAsync(Encoding.UTF8.GetBytes(input)));
        Assert.True(output.Length == 0 || output.EndsWith('\n'), output);
        return [.. output.Split('\n').SkipLast(1).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>The one answer to one line.</summary>
    public static async Task<JsonElement> AskOneAsync(string line) => Assert.Single(await AskAsync(line + "\n"));

    public static string? Code(JsonElement answer) =>
        answer.GetProperty("ok").GetBoolean() ? null : answer.GetProperty("error").GetProperty("code").GetString();

    public static string Detail(JsonElement answer) => answer.GetProperty("error").GetProperty("detail").GetString()!;
}
