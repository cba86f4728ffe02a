namespace Splitstream.Cli.Up;

/// <summary>The two keys the server makes on an empty database, as keys.json holds them.</summary>
/// <param name="Admin">Has every scope.</param>
/// <param name="Client">May assign and ingest; may be public.</param>
public sealed record Keys(string Admin, string Client)
{
    /// <summary>Reads the keys of a data folder; null when the server has not written them.</summary>
    public static Keys? Read(DataFolder data) =>
        DataFolder.ReadJson<Keys>(data.KeysFile) is { Admin.Length: > 0, Client.Length: > 0 } keys ? keys : null;
}
