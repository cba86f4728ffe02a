namespace Splitstream.Stats.Interleaving;

/// <summary>Which of two rankings contributed a result.</summary>
public enum RankingTeam
{
    /// <summary>The control's ranking.</summary>
    Control,

    /// <summary>The treatment's ranking.</summary>
    Treatment,
}
