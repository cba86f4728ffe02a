using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Splitstream.Cli.Up;

/// <summary>Starts, watches and stops the servers over a data folder.</summary>
public sealed class ServerProcess(DataFolder data, Checkout checkout, TimeProvider time)
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Starts a server; it is not ready yet.</summary>
    /// <param name="number">1 for the first; names its log.</param>
    public ServerState Start(int number, int port, string connectionString)
    {
        if (!File.Exists(checkout.ServerAssembly))
        {
            throw new CliException($"The server is not built: {checkout.ServerAssembly} is missing.", "Start through ./splitstream, which builds it.");
        }

        var log = data.ServerLog(number);
        LogTail.Rotate(log);
        using var process = CommandRunner.StartDetached(
            [System.Environment.ProcessPath is { } self && Path.GetFileName(self) == "dotnet" ? self : "dotnet", checkout.ServerAssembly],
            new Dictionary<string, string>
            {
                ["Splitstream__Urls"] = $"http://127.0.0.1:{port}",
                ["Splitstream__ConnectionString"] = connectionString,
                ["Splitstream__KeysFile"] = data.KeysFile,
                ["Splitstream__Cluster__SiloPort"] = "0",
                ["Splitstream__Cluster__GatewayPort"] = "0",
                // The caller's shell may be set up for another web program.
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ASPNETCORE_URLS"] = "",
                ["ASPNETCORE_HTTP_PORTS"] = "",
                // A line for every request would cost more than the requests.
                ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning",
            },
            log);
        return ProcessIdentity.Of(process.Id) is { } identity
            ? new ServerState(port, identity, number)
            : throw new CliException($"The server ended while starting. The end of {log}:\n{LogTail.Of(log)}");
    }

    /// <summary>Waits until the server says it is ready.</summary>
    /// <exception cref="CliException">It ended, or is not ready in time; the message shows the end of its log.</exception>
    public async Task WaitUntilReadyAsync(ServerState server, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var log = data.ServerLog(server.Number);
        while (!await IsReadyAsync(server.Url, cancellationToken))
        {
            if (!server.Process.IsAlive)
            {
                throw new CliException($"The server at {server.Url} ended while starting. The end of {log}:\n{LogTail.Of(log)}");
            }

            if (time.GetElapsedTime(started) > StartPatience)
            {
                throw new CliException(
                    $"The server at {server.Url} is not ready after {StartPatience.TotalMinutes} minutes. The end of {log}:\n{LogTail.Of(log)}");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>Whether a server answers at this address that it can take traffic.</summary>
    private static async Task<bool> IsReadyAsync(string url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = ProbeTimeout };
        try
        {
            using var answer = await client.GetAsync($"{url}/health/ready", cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK
                && (await answer.Content.ReadFromJsonAsync<JsonElement>(cancellationToken)).GetProperty("status").ValueEquals("ready");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or KeyNotFoundException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Whether all of these answer that they can take traffic.</summary>
    public static async Task<bool> AreReadyAsync(IReadOnlyList<ServerState> servers, CancellationToken cancellationToken) =>
        (await Task.WhenAll(servers.Select(server => IsReadyAsync(server.Url, cancellationToken)))).All(ready => ready);

    /// <summary>Asks servers to finish their requests and end, all at once; ends by force those that do not.</summary>
    public Task StopAsync(IEnumerable<ServerState> servers) => Task.WhenAll(servers.Select(StopAsync));

    private async Task StopAsync(ServerState server)
    {
        server.Process.Signal(Posix.Terminate);
        if (!await server.Process.WaitForEndAsync(StopPatience, time))
        {
            server.Process.Signal(Posix.Kill);
            await server.Process.WaitForEndAsync(StopPatience, time);
        }
    }
}
