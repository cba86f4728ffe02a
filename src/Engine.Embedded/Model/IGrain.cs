using Orleans.Runtime;

namespace Orleans;

/// <summary>Marks an interface whose methods are calls to a grain; each returns Task, Task of T, ValueTask or ValueTask of T.</summary>
public interface IGrain : IAddressable;

/// <summary>A grain whose identity within its class is a string. The only kind of key that this engine has.</summary>
public interface IGrainWithStringKey : IGrain;
