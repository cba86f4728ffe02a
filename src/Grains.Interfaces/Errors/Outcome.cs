using System.Diagnostics.CodeAnalysis;
using Orleans;

namespace Splitstream.Grains.Interfaces.Errors;

/// <summary>A value, or the expected refusal that stands in its place. Exceptions mean a bug or lost infrastructure.</summary>
[GenerateSerializer, Alias("splitstream.outcome`1")]
public readonly record struct Outcome<T>
{
    private Outcome(T? value, Problem? problem)
    {
        Value = value;
        Problem = problem;
    }

    /// <summary>The value; null when refused.</summary>
    [Id(0)]
    public T? Value { get; init; }

    /// <summary>Why there is no value; null when there is one.</summary>
    [Id(1)]
    public Problem? Problem { get; init; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsOk => Problem is null;

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Problem problem) => new(default, problem);
}
