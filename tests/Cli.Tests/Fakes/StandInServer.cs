using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Npgsql;

namespace Splitstream.Cli.Tests.Fakes;

/// <summary>
/// A server small enough to start by the dozen, with the real one's contract towards `up`: settings from the
/// environment, keys made when there are none, ready once the database answers, an orderly end on SIGTERM.
/// </summary>
public static class StandInServer
{
    public static async Task<int> Main()
    {
        var url = Environment.GetEnvironmentVariable("Splitstream__Urls");
        var keysFile = Environment.GetEnvironmentVariable("Splitstream__KeysFile");
        var connectionString = Environment.GetEnvironmentVariable("Splitstream__ConnectionString");
        if (string.IsNullOrEmpty(url) || string.IsNullOrEmpty(keysFile))
        {
            Console.Error.WriteLine("stand-in server: no settings");
            return 2;
        }

        using var ended = new CancellationTokenSource();
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ended.Cancel();
        });
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("CREATE TABLE IF NOT EXISTS starts (at int); INSERT INTO starts VALUES (1); SELECT count(*) FROM starts", connection);
        var starts = await count.ExecuteScalarAsync();
        if (!File.Exists(keysFile))
        {
            await File.WriteAllTextAsync(keysFile, JsonSerializer.Serialize(new { admin = "admin-" + Guid.NewGuid(), client = "client-" + Guid.NewGuid() }));
            File.SetUnixFileMode(keysFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        // Not HttpListener: a connection that arrives while it starts makes it fail.
        using var listener = new TcpListener(IPAddress.Loopback, new Uri(url).Port);
        listener.Start();
        Console.WriteLine("stand-in server: ready");
        while (!ended.IsCancellationRequested)
        {
            try
            {
                _ = AnswerAsync(await listener.AcceptTcpClientAsync(ended.Token), $$"""{"status": "ready", "detail": "starts={{starts}}"}""");
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        return 0;
    }

    /// <summary>The same answer to whatever is asked; who asks for nothing gets none.</summary>
    private static async Task AnswerAsync(TcpClient client, string json)
    {
        using (client)
        {
            try
            {
                var reader = new StreamReader(client.GetStream());
                while (!string.IsNullOrEmpty(await reader.ReadLineAsync()))
                {
                    // The headers do not matter.
                }

                var body = Encoding.UTF8.GetBytes(json);
                var head = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
                await client.GetStream().WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body]);
            }
            catch (IOException)
            {
                // The client has gone.
            }
        }
    }
}
