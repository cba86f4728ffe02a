using Orleans.Runtime;

namespace Orleans;

public static class GrainExtensions
{
    /// <summary>A reference to the same grain through another of its interfaces; inside a grain, to itself.</summary>
    /// <exception cref="ArgumentException">The object is neither a running grain nor a reference.</exception>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) =>
        (TGrainInterface)ReferenceOf(grain).Engine.CreateReference(typeof(TGrainInterface), grain.GetGrainId());

    /// <inheritdoc cref="AsReference{TGrainInterface}(IAddressable)"/>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => grain.AsReference<TGrainInterface>();

    public static GrainId GetGrainId(this IAddressable grain) => ReferenceOf(grain).GrainId;

    /// <summary>The key that the grain was asked for with.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) => grain.GetGrainId().Key;

    private static GrainReference ReferenceOf(IAddressable grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain switch
        {
            GrainReference reference => reference,
            IGrainBase { GrainContext: { } context } => context.GrainReference,
            _ => throw new ArgumentException($"{grain.GetType()} is neither a reference nor a grain that the engine made.", nameof(grain)),
        };
    }
}
