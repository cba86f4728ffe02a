using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>A grain class: its attributes and how its objects are made.</summary>
internal sealed class GrainClass
{
    private readonly ObjectFactory _create;
    private readonly (Type StateType, string Name)[] _states;
    private readonly bool _takesContext;

    public GrainClass(Type type)
    {
        Type = type;
        Name = type.GetCustomAttribute<GrainTypeAttribute>()?.Name ?? ConventionalName(type);
        Reentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        AnyInterface = type.GetInterfaces().First(candidate =>
            candidate != typeof(IGrainWithStringKey) && candidate.IsAssignableTo(typeof(IGrainWithStringKey)));
        var parameters = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).FirstOrDefault()?.GetParameters() ?? [];
        _states =
        [
            .. from parameter in parameters
               let state = parameter.GetCustomAttribute<PersistentStateAttribute>()
               where state is not null
               select (parameter.ParameterType.GetGenericArguments()[0], state.StateName),
        ];
        _takesContext = parameters.Any(parameter => parameter.ParameterType == typeof(IGrainContext));
        IEnumerable<Type> given = _states.Select(state => typeof(PersistentState<>).MakeGenericType(state.StateType));
        _create = ActivatorUtilities.CreateFactory(type, [.. _takesContext ? given.Append(typeof(IGrainContext)) : given]);
    }

    public Type Type { get; }

    /// <summary>The name under which state and reminders are stored.</summary>
    public string Name { get; }

    public bool Reentrant { get; }

    /// <summary>The most activations of one key of a stateless worker; 0 for other classes.</summary>
    public int MaxWorkers { get; }

    public Type AnyInterface { get; }

    /// <summary>Makes the object, with its stored state read.</summary>
    public async Task<object> CreateAsync(Activation activation, EngineStore store)
    {
        var given = new object[_states.Length + (_takesContext ? 1 : 0)];
        for (var i = 0; i < _states.Length; i++)
        {
            var state = (PersistentState)Activator.CreateInstance(
                typeof(PersistentState<>).MakeGenericType(_states[i].StateType), store, activation.GrainId, _states[i].Name)!;
            await state.ReadStateAsync(CancellationToken.None);
            given[i] = state;
        }

        if (_takesContext) given[^1] = activation;
        return _create(activation.ActivationServices, given);
    }

    private static string ConventionalName(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.Length > 5 && name.EndsWith("grain", StringComparison.Ordinal) ? name[..^5] : name;
    }
}
