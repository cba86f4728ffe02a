using Splitstream.Deployment.Tests.Manifests;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Support;

/// <summary>A front of <c>deploy/</c>, before two servers, on a free port of loopback.</summary>
internal sealed class Front : IAsyncDisposable
{
    /// <summary>The front of hosts, that of the compose file, and that for who has Apache.</summary>
    public const string Nginx = "nginx", Compose = "compose", Apache = "apache";

    private readonly Supervised _process;
    private readonly Scratch _scratch;

    private Front(Supervised process, Scratch scratch, int port) => (_process, _scratch, Port) = (process, scratch, port);

    public int Port { get; }

    /// <summary>Everything it wrote, of requests and of its own.</summary>
    public string Log => string.Concat(Directory.GetFiles(_scratch.Folder, "*.log").Select(File.ReadAllText));

    /// <summary>A line for each request; the compose file's front writes none.</summary>
    public string AccessLog => File.ReadAllText(_scratch.PathOf("splitstream.log"));

    /// <param name="kind">One of the names above.</param>
    /// <param name="first">Port of a server.</param>
    /// <param name="second">Port of the other.</param>
    public static async Task<Front> StartAsync(string kind, int first, int second)
    {
        var scratch = new Scratch();
        var port = FreePorts.Next();
        var process = Supervised.Start(Command(kind, scratch, port, first, second), scratch.PathOf("output.log"));
        var front = new Front(process, scratch, port);
        using var client = front.Connect();
        try
        {
            await Until.TrueAsync(async () => process.HasEnded
                ? throw new InvalidOperationException($"{kind} did not start: {front.Log}")
                : await IsListeningAsync(client));
            return front;
        }
        catch
        {
            await front.DisposeAsync();
            throw;
        }
    }

    /// <param name="key">The key to carry; null for none. The caller disposes the client.</param>
    public HttpClient Connect(string? key = null) => JsonApi.Client($"http://127.0.0.1:{Port}", key ?? "none");

    /// <summary>Ends it.</summary>
    /// <returns>Everything it wrote.</returns>
    public async Task<string> StopAsync()
    {
        await _process.StopAsync();
        return Log;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _scratch.Dispose();
    }

    private static string[] Command(string kind, Scratch scratch, int port, int first, int second) => kind switch
    {
        Nginx => NginxWith(scratch, Replace(
            Sources.Read("deploy/nginx/splitstream.conf"),
            ("127.0.0.1:8081", $"127.0.0.1:{first}"), ("127.0.0.1:8082", $"127.0.0.1:{second}"),
            ("    listen 80;\n    listen [::]:80;\n", $"    listen 127.0.0.1:{port};\n"))),
        Compose => NginxWith(scratch, Replace(
            Sources.Read("deploy/compose/nginx.conf"),
            ("silo-1:8080", $"127.0.0.1:{first}"), ("silo-2:8080", $"127.0.0.1:{second}"),
            ("listen 8080 default_server", $"listen 127.0.0.1:{port}"), ("listen 127.0.0.1:8081", $"listen 127.0.0.1:{FreePorts.Next()}"))),
        Apache => [Tool.Find("apache2"), "-DFOREGROUND", "-f", Check.ApacheConfiguration(scratch, $"Listen 127.0.0.1:{port}\n" + Replace(
            Sources.Read("deploy/apache/splitstream.conf"),
            ("127.0.0.1:8081", $"127.0.0.1:{first}"), ("127.0.0.1:8082", $"127.0.0.1:{second}"), ("*:80", $"127.0.0.1:{port}")))],
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static string[] NginxWith(Scratch scratch, string text) =>
        [Tool.Find("nginx"), "-e", scratch.PathOf("start.log"), "-p", scratch.Folder, "-g", "daemon off;", "-c", Check.NginxConfiguration(scratch, text)];

    private static string Replace(string text, params (string Old, string New)[] replacements)
    {
        foreach (var (old, replacement) in replacements)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }

        return text;
    }

    private static async Task<bool> IsListeningAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("/");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
