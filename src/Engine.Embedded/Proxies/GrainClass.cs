using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>A grain class: its attributes and how its objects are made.</summary>
internal sealed class GrainClass
{
    private readonly ObjectFactory create;
    private readonly (Type StateType, string Name)[] states;
    private readonly bool takesContext;

    public GrainClass(Type type)
    {
        Type = type;
        Name = type.GetCustomAttribute<GrainTypeAttribute>()?.Name ?? ConventionalName(type);
        Reentrant = type.IsDefined(typeof(ReentrantAttribute));
        MaxWorkers = type.GetCustomAttribute<StatelessWorkerAttribute>()?.MaxLocalWorkers ?? 0;
        AnyInterface = type.GetInterfaces().First(candidate =>
            candidate != typeof(IGrainWithStringKey) && candidate.IsAssignableTo(typeof(IGrainWithStringKey)));
        var parameters = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).FirstOrDefault()?.GetParameters() ?? [];
        states =
        [
            .. from parameter in parameters
               let state = parameter.GetCustomAttribute<PersistentStateAttribute>()
               where state is not null
               select (parameter.ParameterType.GetGenericArguments()[0], state.StateName),
        ];
        takesContext = parameters.Any(parameter => parameter.ParameterType == typeof(IGrainContext));
        IEnumerable<Type> given = states.Select(state => typeof(PersistentState<>).MakeGenericType(state.StateType));
        create = ActivatorUtilities.CreateFactory(type, [.. takesContext ? given.Append(typeof(IGrainContext)) : given]);
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
        var given = new object[states.Length + (takesContext ? 1 : 0)];
        for (var i = 0; i < states.Length; i++)
        {
            var state = (PersistentState)Activator.CreateInstance(
                typeof(PersistentState<>).MakeGenericType(states[i].StateType), store, activation.GrainId, states[i].Name)!;
            await state.ReadStateAsync(CancellationToken.None);
            given[i] = state;
        }

        if (takesContext) given[^1] = activation;
        return create(activation.ActivationServices, given);
    }

    private static string ConventionalName(Type type)
    {
        var name = type.Name.ToLowerInvariant();
        return name.Length > 5 && name.EndsWith("grain", StringComparison.Ordinal) ? name[..^5] : name;
    }
}
