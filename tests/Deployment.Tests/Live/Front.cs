namespace Splitstream.Deployment.Tests.Live;

/// <summary>nginx with the deployment's configuration, before two servers, on a free port of loopback.</summary>
internal sealed class Front : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Supervised _nginx;

    private Front(string folder, Supervised nginx, int port)
    {
        _folder = folder;
        _nginx = nginx;
        Port = port;
    }

    public int Port { get; }

    /// <summary>What it logged of requests and of its own.</summary>
    public string Log => string.Concat(Directory.GetFiles(_folder, "*.log").Select(File.ReadAllText));

    /// <summary>A line for each request.</summary>
    public string AccessLog => File.ReadAllText(Path.Combine(_folder, "splitstream.log"));

    public static async Task<Front> StartAsync(int firstServer, int secondServer)
    {
        var folder = Directory.CreateTempSubdirectory("splitstream-front-").FullName;
        var port = FreePorts.Next();
        var configuration = (await File.ReadAllTextAsync(DeployFolder.At("nginx/splitstream.conf")))
            .Replace("127.0.0.1:8081", $"127.0.0.1:{firstServer}", StringComparison.Ordinal)
            .Replace("127.0.0.1:8082", $"127.0.0.1:{secondServer}", StringComparison.Ordinal)
            .Replace("    listen 80;\n    listen [::]:80;\n", $"    listen 127.0.0.1:{port};\n", StringComparison.Ordinal)
            .Replace("/var/log/nginx", folder, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, "splitstream.conf"), configuration);
        var main = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(
            main,
            $$"""
            daemon off;
            worker_processes 2;
            pid {{folder}}/nginx.pid;
            error_log {{folder}}/nginx.log;
            events { worker_connections 512; }
            http {
                client_body_temp_path {{folder}}/body;
                proxy_temp_path {{folder}}/proxy;
                fastcgi_temp_path {{folder}}/fastcgi;
                uwsgi_temp_path {{folder}}/uwsgi;
                scgi_temp_path {{folder}}/scgi;
                access_log off;
                include {{folder}}/splitstream.conf;
            }
            """);
        var nginx = Supervised.Start(["/usr/sbin/nginx", "-e", $"{folder}/nginx.log", "-c", main], Path.Combine(folder, "start.log"));
        var front = new Front(folder, nginx, port);
        using var client = front.Connect();
        try
        {
            await Testing.Until.TrueAsync(async () =>
            {
                if (nginx.HasEnded) throw new InvalidOperationException($"nginx did not start: {front.Log}");
                try
                {
                    using var answer = await client.GetAsync("/");
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            });
            return front;
        }
        catch
        {
            await front.DisposeAsync();
            throw;
        }
    }

    /// <param name="key">The key to carry; null for none. The caller disposes the client.</param>
    public HttpClient Connect(string? key = null) => Testing.JsonApi.Client($"http://127.0.0.1:{Port}", key ?? "none");

    public async ValueTask DisposeAsync()
    {
        await _nginx.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
