using System.Text.Json;
using System.Text.Json.Serialization;
using Orleans.Runtime;
using Orleans.Storage;

namespace Splitstream.Engine.Embedded;

/// <summary>What the engine does with stored values before a grain activates.</summary>
internal abstract class PersistentState
{
    public abstract Task ReadStateAsync(CancellationToken cancellationToken);
}

/// <summary>One stored value of a grain, kept as JSON. Doubles come back bit for bit, infinities and NaN included.</summary>
internal sealed class PersistentState<T>(EngineStore store, GrainId id, string name) : PersistentState, IPersistentState<T>
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public T State { get; set; } = Activator.CreateInstance<T>();

    public string? Etag { get; private set; }

    public bool RecordExists { get; private set; }

    public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public override async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        (var payload, Etag) = await store.ReadStateAsync(id, name, cancellationToken);
        RecordExists = payload is not null;
        State = payload is null ? Activator.CreateInstance<T>() : JsonSerializer.Deserialize<T>(payload, Json)!;
    }

    public async Task WriteStateAsync(CancellationToken cancellationToken)
    {
        await StoreAsync(JsonSerializer.Serialize(State, Json), cancellationToken);
        RecordExists = true;
    }

    public async Task ClearStateAsync(CancellationToken cancellationToken)
    {
        await StoreAsync(null, cancellationToken);
        RecordExists = false;
        State = Activator.CreateInstance<T>();
    }

    private async Task StoreAsync(string? payload, CancellationToken cancellationToken)
    {
        Etag = await store.WriteStateAsync(id, name, payload, Etag, cancellationToken)
            ?? throw new InconsistentStateException($"The stored {name} of {id} was changed by somebody else.", null, Etag);
    }
}
