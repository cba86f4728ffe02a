namespace Orleans;

/// <summary>Asks Orleans for a serializer. Calls of this engine stay in the process and pass references, so that it means nothing here.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute
{
    public bool IncludePrimaryConstructorParameters { get; init; }
}

/// <summary>The number of a member on the wire; never reused.</summary>
[AttributeUsage(
    AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter | AttributeTargets.Class | AttributeTargets.Struct
    | AttributeTargets.Enum | AttributeTargets.Method)]
public sealed class IdAttribute(uint id) : Attribute
{
    public uint Id { get; } = id;
}

/// <summary>The name of a type or method on the wire, which survives a rename in code.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Interface | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Method,
    AllowMultiple = true)]
public sealed class AliasAttribute(string alias) : Attribute
{
    public string Alias { get; } = alias;
}

/// <summary>Promises that a value never changes, so that Orleans need not copy it between grains.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter
    | AttributeTargets.ReturnValue,
    Inherited = false)]
public sealed class ImmutableAttribute : Attribute;

/// <summary>The lasting name of a grain class, under which its state and reminders are stored.</summary>
/// <remarks>Without it the name is the class name in lower case without "grain" at its end.</remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    internal string Name { get; } = grainType;
}
