using System.Diagnostics;
using System.Net;

namespace Splitstream.Cli.Up;

/// <summary>Starts, watches and stops one server over a data folder.</summary>
public sealed class ServerProcess(DataFolder data, Checkout checkout, TimeProvider time)
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Starts a server; it is not ready yet.</summary>
    public Process Start(int port, string connectionString)
    {
        if (!File.Exists(checkout.ServerAssembly))
        {
            throw new CliException($"The server is not built: {checkout.ServerAssembly} is missing.", "Start through ./splitstream, which builds it.");
        }

        return CommandRunner.StartDetached(
            [System.Environment.ProcessPath is { } self && Path.GetFileName(self) == "dotnet" ? self : "dotnet", checkout.ServerAssembly],
            new Dictionary<string, string>
            {
                ["Splitstream__Urls"] = $"http://127.0.0.1:{port}",
                ["Splitstream__ConnectionString"] = connectionString,
                ["Splitstream__DataFolder"] = data.Path,
                ["Splitstream__KeysFile"] = data.KeysFile,
                // The caller's shell may be set up for another web program.
                ["ASPNETCORE_ENVIRONMENT"] = "Production",
                ["ASPNETCORE_URLS"] = "",
                ["ASPNETCORE_HTTP_PORTS"] = "",
                // A line for every request would cost more than the requests.
                ["Logging__LogLevel__Microsoft.AspNetCore"] = "Warning",
            },
            data.ServerLog);
    }

    /// <summary>Waits until the server says it is ready.</summary>
    /// <exception cref="CliException">It ended, or is not ready in time; the message shows the end of its log.</exception>
    public async Task WaitUntilReadyAsync(ServerState server, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!await IsReadyAsync(server.Url, cancellationToken))
        {
            if (!server.Process.IsAlive)
            {
                throw new CliException($"The server ended while starting. The end of {data.ServerLog}:\n{LogTail.Of(data.ServerLog)}");
            }

            if (time.GetElapsedTime(started) > StartPatience)
            {
                throw new CliException(
                    $"The server is not ready after {StartPatience.TotalMinutes} minutes. The end of {data.ServerLog}:\n{LogTail.Of(data.ServerLog)}");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>Whether a server answers at this address that it can take traffic.</summary>
    public static async Task<bool> IsReadyAsync(string url, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = ProbeTimeout };
        try
        {
            using var answer = await client.GetAsync($"{url}/health/ready", cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Asks a server to finish its requests and end; ends it by force when it does not.</summary>
    public async Task StopAsync(ServerState server)
    {
        server.Process.Signal(Posix.Terminate);
        if (!await server.Process.WaitForEndAsync(StopPatience, time))
        {
            server.Process.Signal(Posix.Kill);
            await server.Process.WaitForEndAsync(StopPatience, time);
        }
    }
}
