using System.Reflection;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>One grain interface: its methods, its proxy class and the classes that implement it.</summary>
internal sealed class GrainInterface
{
    private readonly GrainClass[] _classes;
    private readonly Func<EmbeddedEngine, GrainId, GrainInterface, GrainReference> _create;

    public GrainInterface(Type type, GrainTypes types)
    {
        if (!type.IsInterface || !type.IsAssignableTo(typeof(IAddressable)))
            throw new ArgumentException($"{type} is not a grain interface.");
        Type = type;
        _classes = types.ClassesOf(type);
        MethodInfo[] methods = [.. type.GetInterfaces().Prepend(type).SelectMany(each => each.GetMethods(BindingFlags.Instance | BindingFlags.Public))];
        Methods = [.. methods.Select(RequestMethod.Of)];
        _create = ProxyEmitter.Emit(type, methods);
    }

    public Type Type { get; }

    public RequestMethod[] Methods { get; }

    public GrainReference CreateReference(EmbeddedEngine engine, GrainId id) => _create(engine, id, this);

    public GrainClass ImplementingClass(string? namePrefix)
    {
        if (_classes.Length == 1 && namePrefix is null) return _classes[0];
        var candidates = Array.FindAll(
            _classes, candidate => namePrefix is null || candidate.Type.FullName!.StartsWith(namePrefix, StringComparison.Ordinal));
        return candidates.Length switch
        {
            1 => candidates[0],
            0 => throw new ArgumentException($"Could not find an implementation for interface {Type}"),
            _ => throw new ArgumentException($"{Type} is implemented by {string.Join(", ", candidates.Select(c => c.Type))}; name one by prefix."),
        };
    }
}
