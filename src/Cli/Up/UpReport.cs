using System.Text.Json;

namespace Splitstream.Cli.Up;

/// <summary>What `up` prints once everything is ready: the addresses, the keys, and what to do next.</summary>
public static class UpReport
{
    public static void Print(DataFolder data, IReadOnlyList<ServerState> servers, UpOptions options, TextWriter output)
    {
        var keys = Keys.Read(data) ?? throw new CliException($"The server is ready but wrote no keys to {data.KeysFile}.");
        var nodes = servers.Select(server => server.Url).ToArray();
        if (options.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new { url = nodes[0], nodes, keys.Admin, keys.Client, data = data.Path, log = data.LogFolder }, JsonSerializerOptions.Web));
            return;
        }

        output.WriteLine($"Splitstream is ready at {nodes[0]}");
        foreach (var node in nodes.Skip(1))
        {
            output.WriteLine($"  and at      {node}");
        }

        output.WriteLine($"  admin key   {keys.Admin}");
        output.WriteLine($"  client key  {keys.Client}");
        output.WriteLine($"  keys in     {data.KeysFile}");
        output.WriteLine($"  logs in     {data.LogFolder}");
        output.WriteLine("Next: ./splitstream import FILE.csv --experiment KEY --unit COLUMN --variant COLUMN --control NAME --metric COLUMN");
        output.WriteLine(options.Detach ? $"Stop: ./splitstream down --data {data.Path}" : "Stop: Ctrl-C");
        output.Flush();
    }
}
