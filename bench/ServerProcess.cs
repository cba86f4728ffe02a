using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Splitstream.Bench;

/// <summary>The real server in a process of its own, over a database of its own, with an admin key.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _folder;

    private ServerProcess(Process process, string folder, Uri url)
    {
        _process = process;
        _folder = folder;
        Url = url;
    }

    public Uri Url { get; }

    public string AdminKey { get; private set; } = "";

    public static async Task<ServerProcess> StartAsync(string connectionString)
    {
        var folder = Directory.CreateTempSubdirectory("splitstream-bench-").FullName;
        var url = FreeUrl();
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "splitstream-server.dll"))
        {
            Environment =
            {
                ["Splitstream__Urls"] = url.ToString(),
                ["Splitstream__ConnectionString"] = connectionString,
                ["Splitstream__DataFolder"] = folder,
                ["Splitstream__KeysFile"] = Path.Combine(folder, "keys.json"),
                ["Splitstream__Cluster__SiloPort"] = "0",
                ["Splitstream__Cluster__GatewayPort"] = "0",
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        var server = new ServerProcess(Process.Start(start)!, folder, url);
        await server.WaitUntilReadyAsync();
        using var keys = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "keys.json")));
        server.AdminKey = keys.RootElement.GetProperty("admin").GetString()!;
        return server;
    }

    /// <summary>Posts and fails on anything but success.</summary>
    public async Task<JsonElement> PostAsync(string path, object body)
    {
        using var client = Client();
        using var response = await client.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"{path} answered {(int)response.StatusCode}: {text}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static Uri FreeUrl()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }

    private HttpClient Client()
    {
        var client = new HttpClient { BaseAddress = Url };
        client.DefaultRequestHeaders.Authorization = new("Bearer", AdminKey);
        return client;
    }

    private async Task WaitUntilReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Url };
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience && !_process.HasExited)
        {
            try
            {
                if ((await client.GetAsync("health/ready")).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("The server did not become ready.");
    }
}
