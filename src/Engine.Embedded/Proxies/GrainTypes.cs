using System.Collections.Concurrent;
using System.Reflection;
using Orleans;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>The grain classes of the given assemblies and the interfaces that they implement.</summary>
internal sealed class GrainTypes
{
    private readonly ConcurrentDictionary<Type, GrainInterface> _interfaces = new();
    private readonly Dictionary<string, GrainClass> _byName = new(StringComparer.Ordinal);

    public GrainTypes(IEnumerable<Assembly> assemblies)
    {
        foreach (var type in assemblies.Distinct().SelectMany(assembly => assembly.GetTypes()))
        {
            if (!type.IsClass || type.IsAbstract || type.ContainsGenericParameters) continue;
            if (!type.IsAssignableTo(typeof(IGrainWithStringKey)) || type.IsAssignableTo(typeof(GrainReference))) continue;
            var grainClass = new GrainClass(type);
            if (!_byName.TryAdd(grainClass.Name, grainClass))
                throw new InvalidOperationException(
                    $"{type} and {_byName[grainClass.Name].Type} share the grain type \"{grainClass.Name}\"; give one a [GrainType].");
        }
    }

    /// <exception cref="ArgumentException">The type is no interface with string keys, or has a method that cannot be a call.</exception>
    public GrainInterface Interface(Type type) => _interfaces.GetOrAdd(type, static (type, types) => new GrainInterface(type, types), this);

    public GrainClass? ClassNamed(string name) => _byName.GetValueOrDefault(name);

    public GrainClass[] ClassesOf(Type type) => [.. _byName.Values.Where(grainClass => grainClass.Type.IsAssignableTo(type))];
}
