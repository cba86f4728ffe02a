namespace Splitstream.Stats.Interleaving;

/// <summary>Clicks on the results of each ranking in one list.</summary>
/// <param name="Control">Distinct clicked results of the control's ranking, at least 0.</param>
/// <param name="Treatment">Distinct clicked results of the treatment's ranking, at least 0.</param>
public readonly record struct ClickCredit(int Control, int Treatment);
