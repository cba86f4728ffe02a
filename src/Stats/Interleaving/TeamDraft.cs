namespace Splitstream.Stats.Interleaving;

/// <summary>
/// Team-draft interleaving: two rankings pick results in turn, as captains pick teams, into one list that the user sees; clicks then
/// vote for the ranking that picked. Compares rankings with far fewer users than a split of users.
/// </summary>
/// <remarks>Radlinski, Kurup and Joachims 2008 (CIKM), algorithm 2.</remarks>
public static class TeamDraft
{
    /// <summary>The longest list that can be drafted.</summary>
    public const int MaximumLength = 1_000;

    /// <summary>
    /// Drafts one list. In every round each ranking adds its best result that is not yet there; a coin decides who goes first.
    /// </summary>
    /// <param name="control">The control's results, best first, no two equal.</param>
    /// <param name="treatment">The treatment's results, best first, no two equal.</param>
    /// <param name="length">The most results wanted, 1 to <see cref="MaximumLength"/>.</param>
    /// <param name="controlGoesFirst">A fair coin, tossed once per round; the same tosses give the same list.</param>
    /// <returns>
    /// Distinct results, at most <paramref name="length"/>. The draft ends early when a ranking has nothing left to add, as in the paper:
    /// teams never differ by more than one result.
    /// </returns>
    /// <exception cref="ArgumentException">A ranking holds a result twice, or null, or the length is out of range.</exception>
    public static IReadOnlyList<DraftedItem> Draft(
        IReadOnlyList<string> control, IReadOnlyList<string> treatment, int length, Func<bool> controlGoesFirst)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        ArgumentNullException.ThrowIfNull(controlGoesFirst);
        if (length is < 1 or > MaximumLength)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"Between 1 and {MaximumLength}.");
        foreach (var ranking in (IReadOnlyList<string>[])[control, treatment])
        {
            if (ranking.Any(item => item is null) || ranking.Distinct(StringComparer.Ordinal).Count() != ranking.Count)
                throw new ArgumentException("A ranking holds every result once.", ranking == control ? nameof(control) : nameof(treatment));
        }

        var list = new List<DraftedItem>();
        var drafted = new HashSet<string>(StringComparer.Ordinal);
        int[] sizes = [0, 0], next = [0, 0];
        while (list.Count < length)
        {
            next[0] = Skip(control, next[0], drafted);
            next[1] = Skip(treatment, next[1], drafted);
            if (next[0] == control.Count || next[1] == treatment.Count)
                break;
            var first = sizes[0] < sizes[1] || (sizes[0] == sizes[1] && controlGoesFirst());
            var (ranking, team) = first ? (control, RankingTeam.Control) : (treatment, RankingTeam.Treatment);
            var item = ranking[next[(int)team]];
            drafted.Add(item);
            sizes[(int)team]++;
            list.Add(new DraftedItem(item, team));
        }

        return list;
    }

    /// <summary>Counts the clicked results of each ranking; clicks on one result count once.</summary>
    /// <param name="list">A drafted list.</param>
    /// <param name="clickedPositions">Positions from 0, in any order, possibly repeated.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such position.</exception>
    public static ClickCredit Credit(IReadOnlyList<DraftedItem> list, IEnumerable<int> clickedPositions)
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(clickedPositions);
        int[] credit = [0, 0];
        foreach (var position in clickedPositions.Distinct())
        {
            if (position < 0 || position >= list.Count)
                throw new ArgumentOutOfRangeException(nameof(clickedPositions), position, $"The list has {list.Count} results.");
            credit[(int)list[position].Team]++;
        }

        return new ClickCredit(credit[0], credit[1]);
    }

    private static int Skip(IReadOnlyList<string> ranking, int from, HashSet<string> drafted)
    {
        while (from < ranking.Count && drafted.Contains(ranking[from]))
            from++;
        return from;
    }
}
