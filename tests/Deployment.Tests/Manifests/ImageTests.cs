using System.Text.Json;
using System.Text.RegularExpressions;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>The Dockerfile, as far as it can be proven without an engine that builds images.</summary>
public sealed partial class ImageTests
{
    private static readonly string Dockerfile = Sources.Read("deploy/Dockerfile");

    [Fact]
    public void What_is_copied_exists_and_is_sent_to_the_builder()
    {
        var copied = Copy().Matches(Dockerfile).SelectMany(match => match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..^1]).ToList();
        var sent = Sources.Read("deploy/Dockerfile.dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..]).ToList();

        Assert.NotEmpty(copied);
        Assert.All(copied, path =>
        {
            Assert.True(Path.Exists(Sources.PathOf(path)), path);
            Assert.Contains(sent, root => path.TrimEnd('/') == root || path.StartsWith($"{root}/", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Every_project_of_the_server_is_restored_in_a_layer_of_its_own()
    {
        var needed = new SortedSet<string>(StringComparer.Ordinal);
        Collect("src/Silo/Splitstream.Silo.csproj", needed);
        Assert.True(needed.Count > 5);
        Assert.All(needed, project =>
        {
            var folder = Path.GetDirectoryName(project)!;
            Assert.Contains($"COPY {project} {folder}/packages.lock.json {folder}/\n", Dockerfile, StringComparison.Ordinal);
        });
        Assert.True(Dockerfile.IndexOf("dotnet restore", StringComparison.Ordinal) < Dockerfile.IndexOf("COPY src/ src/", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_file_that_a_project_takes_from_elsewhere_is_copied_before_the_build()
    {
        var taken = Sources.Files("src", "*.csproj").SelectMany(project => Include().Matches(Sources.Read(project)).Select(match =>
            Path.GetRelativePath(Sources.PathOf("."), Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Sources.PathOf(project))!, match.Groups[1].Value)))))
            .Where(path => !path.StartsWith("src/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(taken);
        Assert.All(taken, path =>
        {
            var copied = Dockerfile.IndexOf($"\nCOPY {Path.GetDirectoryName(path)}/ {Path.GetDirectoryName(path)}/\n", StringComparison.Ordinal);
            Assert.InRange(copied, 0, Dockerfile.IndexOf("dotnet publish", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void The_server_runs_as_a_numbered_user_from_pinned_images_and_hears_signals()
    {
        Assert.Matches(@"(?m)^USER [1-9]\d*:[1-9]\d*$", Dockerfile);
        Assert.All(From().Matches(Dockerfile), match => Assert.Matches(@"^mcr\.microsoft\.com/dotnet/\w+:\$\{(DOTNET_\w+)\}", match.Groups[1].Value));
        Assert.Equal(2, From().Count(Dockerfile));
        Assert.Equal(2, Regex.Count(Dockerfile, @"(?m)^ARG DOTNET_\w+=\d+\.\d+\.\d+-noble$"));
        var entry = Regex.Match(Dockerfile, @"(?m)^ENTRYPOINT (\[.*\])$").Groups[1].Value;
        Assert.Equal(["dotnet", Path.GetFileName(RunningServer.Assembly)], JsonSerializer.Deserialize<string[]>(entry)!);
        Assert.DoesNotContain("GLOBALIZATION_INVARIANT", Dockerfile, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_health_check_passes_at_a_live_server_and_fails_without_one()
    {
        var command = JsonSerializer.Deserialize<string[]>(HealthCheck().Match(Dockerfile).Groups[1].Value)!;
        await using var server = await RunningServer.StartAsync(await PostgresServer.Shared.CreateDatabaseAsync());
        string[] At(string port) => [.. command.Select(part => part.Replace("/8080", $"/{port}", StringComparison.Ordinal))];

        var live = await Tool.RunAsync(At($"{server.Port}"));
        var closed = await Tool.RunAsync(At("1"));
        var elsewhere = await Tool.RunAsync(
            [.. At($"{server.Port}").Select(part => part.Replace("/health/live", "/health/none", StringComparison.Ordinal))]);

        Assert.True(live.IsOk, live.ToString());
        Assert.False(closed.IsOk);
        Assert.False(elsewhere.IsOk);
    }

    [Fact]
    public async Task First_keys_are_printed_and_open_the_servers_that_already_run()
    {
        var database = await PostgresServer.Shared.CreateDatabaseAsync();
        await using var server = await RunningServer.StartAsync(database);
        using var scratch = new Scratch();
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(RunningServer.Assembly)!, "*"))
            File.CreateSymbolicLink(scratch.PathOf(Path.GetFileName(file)), file);
        File.Copy(Sources.PathOf("deploy/first-keys"), scratch.PathOf("first-keys"));
        var settings = new Dictionary<string, string> { ["Splitstream__ConnectionString"] = database };

        var printed = await Tool.RunAsync(["bash", scratch.PathOf("first-keys")], environment: settings);
        settings["Splitstream__ConnectionString"] = "Host=127.0.0.1;Port=1;Database=none;Username=none";
        var failed = await Tool.RunAsync(["bash", scratch.PathOf("first-keys")], environment: settings);

        Assert.True(printed.IsOk, printed.ToString());
        var admin = JsonDocument.Parse(printed.Output).RootElement.GetProperty("admin").GetString()!;
        using var client = JsonApi.Client(server.Url, admin);
        Assert.NotEmpty((await new JsonApi(client).GetAsync("/v1/api-keys")).GetProperty("items").EnumerateArray());
        Assert.False(failed.IsOk);
        Assert.Empty(failed.Output);
    }

    private static void Collect(string project, SortedSet<string> needed)
    {
        if (!needed.Add(project)) return;
        var text = Sources.Read(project);
        if (text.Contains("../Engine.props", StringComparison.Ordinal))
            text += "<ProjectReference Include=\"../Engine.Embedded/Splitstream.Engine.Embedded.csproj\"";
        foreach (Match match in Reference().Matches(text))
        {
            var path = Path.GetFullPath(Sources.PathOf(Path.Combine(Path.GetDirectoryName(project)!, match.Groups[1].Value)));
            Collect(Path.GetRelativePath(Sources.PathOf("."), path), needed);
        }
    }

    [GeneratedRegex(@"^COPY (?!--from)(.*)$", RegexOptions.Multiline)]
    private static partial Regex Copy();

    [GeneratedRegex(@"^FROM (\S+)", RegexOptions.Multiline)]
    private static partial Regex From();

    [GeneratedRegex(@"^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", RegexOptions.Multiline)]
    private static partial Regex HealthCheck();

    [GeneratedRegex(" Include=\"(\\.\\./[^\"$*]+)\"")]
    private static partial Regex Include();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex Reference();
}
