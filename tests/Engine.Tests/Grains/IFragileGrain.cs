using Orleans;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>Fails to activate until its board says "healed".</summary>
internal interface IFragileGrain : IGrainWithStringKey
{
    Task CallAsync();
}

/// <summary>Fails in its constructor.</summary>
internal interface IStillbornGrain : IGrainWithStringKey
{
    Task CallAsync();
}
