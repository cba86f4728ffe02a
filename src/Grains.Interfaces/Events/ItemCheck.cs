namespace Splitstream.Grains.Interfaces.Events;

/// <summary>A valid item, or why it is refused: exactly one of the two is set.</summary>
public readonly record struct ItemCheck<T>(T? Item, RejectedItem? Refusal)
    where T : class;
