using System.Diagnostics.CodeAnalysis;

namespace Splitstream.Stats;

/// <summary>A statistic, or the reason why there is none. Numbers inside a value are always finite.</summary>
/// <remarks>A <c>default</c> instance holds neither and reports <see cref="Inconclusive.NoUnits"/>.</remarks>
public readonly struct Computed<T>
    where T : notnull
{
    private static readonly Inconclusive Nothing = new(Inconclusive.NoUnits, "Nothing was computed.");

    private readonly T? _value;
    private readonly Inconclusive? _inconclusive;
    private readonly bool _hasValue;

    private Computed(T? value, Inconclusive? inconclusive, bool hasValue)
    {
        _value = value;
        _inconclusive = inconclusive;
        _hasValue = hasValue;
    }

    /// <summary>True when there is a value.</summary>
    public bool IsConclusive => _hasValue;

    /// <summary>The statistic. Asking for it without checking <see cref="IsConclusive"/> is a bug and throws.</summary>
    /// <exception cref="InvalidOperationException">The statistic is inconclusive.</exception>
    public T Value => _hasValue ? _value! : throw new InvalidOperationException($"Inconclusive: {Why!.Reason}. {Why.Detail}");

    /// <summary>The reason when there is no value; null otherwise.</summary>
    public Inconclusive? Why => _hasValue ? null : _inconclusive ?? Nothing;

    /// <summary>A conclusive value.</summary>
    public static implicit operator Computed<T>(T value) => Of(value);

    /// <summary>The reason why there is no value.</summary>
    public static implicit operator Computed<T>(Inconclusive inconclusive) => new(default, inconclusive, false);

    internal static Computed<T> Of(T value) => new(value, null, true);

    /// <summary>Both outcomes in one step: true with the value, or false with the reason.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Inconclusive? why)
    {
        value = _value;
        why = Why;
        return _hasValue;
    }

    /// <summary>The value transformed, or the same reason.</summary>
    public Computed<TOther> Map<TOther>(Func<T, TOther> transform)
        where TOther : notnull
    {
        ArgumentNullException.ThrowIfNull(transform);
        return _hasValue ? transform(_value!) : Why!;
    }
}

/// <summary>Values of interface types, for which the language has no implicit conversion.</summary>
public static class Computed
{
    /// <summary>A conclusive value.</summary>
    public static Computed<T> Of<T>(T value)
        where T : notnull => Computed<T>.Of(value);
}
