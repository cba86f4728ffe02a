using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>A front of <c>deploy/</c>, started on loopback before one server that runs and one that is gone.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Scratch _scratch;

    private Front(Process process, Scratch scratch, int port)
    {
        (_process, _scratch) = (process, scratch);
        Client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public HttpClient Client { get; }

    /// <param name="kind"><c>nginx</c>, as in the compose file, or <c>apache</c>.</param>
    /// <param name="server">Port of the server that runs.</param>
    public static async Task<Front> StartAsync(string kind, int server)
    {
        var scratch = new Scratch();
        var (port, gone, own) = (FreePort(), FreePort(), FreePort());
        string[] command = kind == "nginx"
            ? ["nginx", "-e", "stderr", "-p", scratch.Folder, "-g", "daemon off;", "-c", Check.NginxConfiguration(scratch, Replace(
                Sources.Read("deploy/compose/nginx.conf"),
                ("silo-1:8080", $"127.0.0.1:{server}"), ("silo-2:8080", $"127.0.0.1:{gone}"),
                ("listen 8080 default_server", $"listen 127.0.0.1:{port}"), ("listen 127.0.0.1:8081", $"listen 127.0.0.1:{own}")))]
            : ["apache2", "-DFOREGROUND", "-f", Check.ApacheConfiguration(scratch, $"Listen 127.0.0.1:{port}\n" + Replace(
                Sources.Read("deploy/apache/splitstream.conf"),
                ("127.0.0.1:8081", $"127.0.0.1:{server}"), ("127.0.0.1:8082", $"127.0.0.1:{gone}"), ("*:80", $"127.0.0.1:{port}")))];
        var process = Process.Start(new ProcessStartInfo(Tool.Find(command[0]), command.Skip(1)))!;
        var front = new Front(process, scratch, port);
        await Until.TrueAsync(async () => process.HasExited
            ? throw new InvalidOperationException($"{kind} did not start. {front.ErrorLog}")
            : await front.IsListeningAsync());
        return front;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _scratch.Dispose();
    }

    private string ErrorLog => File.Exists(_scratch.PathOf("error.log")) ? File.ReadAllText(_scratch.PathOf("error.log")) : "";

    private async Task<bool> IsListeningAsync()
    {
        try
        {
            using var answer = await Client.GetAsync("/");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Replace(string text, params (string Old, string New)[] replacements)
    {
        foreach (var (old, replacement) in replacements)
        {
            Assert.Contains(old, text, StringComparison.Ordinal);
            text = text.Replace(old, replacement, StringComparison.Ordinal);
        }

        return text;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
