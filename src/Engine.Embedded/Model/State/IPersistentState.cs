using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A stored value that a grain gets through its constructor, read before the grain activates.</summary>
public interface IPersistentState<TState> : IStorage<TState>;

/// <summary>Names the stored value that a constructor parameter of type <see cref="IPersistentState{TState}"/> stands for.</summary>
/// <remarks>Storage names choose among Orleans' providers. This engine has one store and one name space for state names.</remarks>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute : Attribute
{
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        StateName = stateName;
        StorageName = storageName;
    }

    public string StateName { get; }

    public string? StorageName { get; }
}
