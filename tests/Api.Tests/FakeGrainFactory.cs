using System.Reflection;
using Orleans;

namespace Splitstream.Api.Tests;

/// <summary>Gives grains by interface and text key, whatever else the engine's factory offers.</summary>
public class FakeGrainFactory : DispatchProxy
{
    private Func<Type, string, IGrain>? _make;

    internal static IGrainFactory Of(Func<Type, string, IGrain> make)
    {
        var factory = Create<IGrainFactory, FakeGrainFactory>();
        ((FakeGrainFactory)(object)factory)._make = make;
        return factory;
    }

    protected override object Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod is { IsGenericMethod: true } && args is [string key, ..]
            ? _make!(targetMethod.GetGenericArguments()[0], key)
            : throw new NotSupportedException($"The fake does not know {targetMethod}.");
}
