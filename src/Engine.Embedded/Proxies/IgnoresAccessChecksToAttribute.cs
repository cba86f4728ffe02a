// The runtime knows this attribute by its full name alone.
namespace System.Runtime.CompilerServices;

/// <summary>Lets emitted code use internal types of the named assembly.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
