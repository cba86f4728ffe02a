namespace Orleans.Runtime;

/// <summary>Something with a grain's address: a grain itself or a reference to one.</summary>
public interface IAddressable;
