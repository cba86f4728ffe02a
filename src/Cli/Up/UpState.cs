namespace Splitstream.Cli.Up;

/// <summary>One running server of an installation.</summary>
/// <param name="Port">The loopback port it answers on.</param>
/// <param name="Number">1 for the first; names its log.</param>
public sealed record ServerState(int Port, ProcessIdentity Process, int Number = 1)
{
    /// <summary>The base address for clients.</summary>
    public string Url => $"http://127.0.0.1:{Port}";
}

/// <summary>What runs on a data folder, as the last `up` left it; written to state.json after every step.</summary>
/// <param name="Owner">The `up` in the foreground or still starting; null once a detached one has returned.</param>
/// <param name="DatabasePort">The loopback port of the private cluster; kept between starts as long as it is free.</param>
/// <param name="Servers">The servers in the order of their ports, those that have died since among them; while `up` is at work, fewer than it was asked for.</param>
/// <param name="Nodes">How many servers `up` was asked for; remembered only while they run.</param>
public sealed record UpState(ProcessIdentity? Owner, int? DatabasePort, IReadOnlyList<ServerState> Servers, int Nodes = 1)
{
    public static readonly UpState Nothing = new(null, null, []);

    public static UpState Read(DataFolder data) => DataFolder.ReadJson<UpState>(data.StateFile) ?? Nothing;

    public void Write(DataFolder data) => DataFolder.WriteJson(data.StateFile, this, isSecret: false);

    /// <summary>The state once nothing runs any more.</summary>
    public UpState Stopped() => this with { Owner = null, Servers = [], Nodes = 1 };

    /// <summary>The servers that still run.</summary>
    public IReadOnlyList<ServerState> LiveServers() => [.. Servers.Where(server => server.Process.IsAlive)];
}
