using Orleans;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>An interface that no class implements.</summary>
internal interface INobodysGrain : IGrainWithStringKey
{
    Task CallAsync();
}
