using System.Runtime.CompilerServices;
using Splitstream.Engine.Embedded;

namespace Orleans.Runtime;

/// <summary>Which grain: its class and its key. Keys are compared by code unit.</summary>
public readonly struct GrainId : IEquatable<GrainId>
{
    internal GrainId(GrainClass grainClass, string key)
    {
        Class = grainClass;
        Key = key;
    }

    internal GrainClass Class { get; }

    internal string Key { get; }

    public static bool operator ==(GrainId left, GrainId right) => left.Equals(right);

    public static bool operator !=(GrainId left, GrainId right) => !left.Equals(right);

    public bool Equals(GrainId other) => ReferenceEquals(Class, other.Class) && Key == other.Key;

    public override bool Equals(object? obj) => obj is GrainId other && Equals(other);

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal) ^ RuntimeHelpers.GetHashCode(Class);

    public override string ToString() => $"{Class.Name}/{Key}";
}
