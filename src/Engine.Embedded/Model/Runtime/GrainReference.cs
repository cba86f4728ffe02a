using Splitstream.Engine.Embedded;

namespace Orleans.Runtime;

/// <summary>The address of a grain. The classes that also implement grain interfaces are made at run time by <see cref="ProxyEmitter"/>.</summary>
public abstract class GrainReference : IAddressable, IEquatable<GrainReference>
{
    internal GrainReference(EmbeddedEngine engine, GrainId id, GrainInterface grainInterface)
    {
        Engine = engine;
        GrainId = id;
        Interface = grainInterface;
    }

    public GrainId GrainId { get; }

    internal EmbeddedEngine Engine { get; }

    internal GrainInterface Interface { get; }

    public bool Equals(GrainReference? other) => other is not null && GrainId == other.GrainId;

    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => $"GrainReference:{GrainId}:{Interface.Type.FullName}";

    /// <summary>Called by every emitted method.</summary>
    internal Task<T> Send<T>(Request<T> request, int method)
    {
        request.Method = Interface.Methods[method];
        Engine.Send(GrainId, request);
        return request.Method.OneWay ? Task.FromResult(default(T)!) : request.Answer;
    }
}
