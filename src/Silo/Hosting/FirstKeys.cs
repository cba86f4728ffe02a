using System.Text.Json;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Silo.Hosting;

/// <summary>
/// Makes an admin and a client key when the database has none, and leaves them in a file that only its owner may read. A file whose keys
/// still work is left alone; one that was lost is written with new keys, because secrets cannot be read back.
/// </summary>
public sealed class FirstKeys(IApiKeyStore store, IApiKeyRing ring)
{
    /// <summary>Project of the first keys.</summary>
    private const string Project = "default";

    public async Task EnsureAsync(string file, Func<Task> reload, CancellationToken cancellation)
    {
        if (file.Length == 0 || IsValid(file))
        {
            return;
        }

        var (_, admin) = await store.CreateAsync("admin", Project, ApiScopes.All, [], Actor.System, cancellation);
        var (_, client) = await store.CreateAsync("client", Project, ApiScopes.Client, [], Actor.System, cancellation);
        await WriteAsync(file, JsonSerializer.Serialize(new { admin, client }), cancellation);
        await reload();
    }

    private bool IsValid(string file)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        try
        {
            using var keys = JsonDocument.Parse(File.ReadAllText(file));
            return ring.Find(keys.RootElement.GetProperty("admin").GetString()) is not null
                && ring.Find(keys.RootElement.GetProperty("client").GetString()) is not null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whole or not at all, and never readable by others, not even for a moment.</summary>
    private static async Task WriteAsync(string file, string json, CancellationToken cancellation)
    {
        var draft = file + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using (var stream = new FileStream(draft, options))
        await using (var writer = new StreamWriter(stream))
        {
            await writer.WriteLineAsync(json.AsMemory(), cancellation);
        }

        File.Move(draft, file, overwrite: true);
    }
}
