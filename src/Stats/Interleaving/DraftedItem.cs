namespace Splitstream.Stats.Interleaving;

/// <summary>A result of an interleaved list.</summary>
/// <param name="Item">The result itself, unique in its list.</param>
/// <param name="Team">The ranking that is credited with clicks on it.</param>
public readonly record struct DraftedItem(string Item, RankingTeam Team);
