namespace Splitstream.Cli.Up;

/// <summary>What `up` was asked for.</summary>
/// <param name="Port">The first port asked for; null means what runs already, else the default.</param>
/// <param name="Nodes">The number of servers asked for; null means what runs already, else one.</param>
/// <param name="Detach">Return once ready and leave the servers running.</param>
/// <param name="Json">Print the addresses and keys as one JSON object.</param>
public sealed record UpOptions(int? Port, int? Nodes, bool Detach, bool Json)
{
    /// <summary>The port without --port.</summary>
    public const int DefaultPort = 8080;

    /// <summary>Servers over one private database; their pools must fit into its connections.</summary>
    public const int MostNodes = 16;
}
