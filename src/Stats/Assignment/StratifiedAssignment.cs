namespace Splitstream.Stats.Assignment;

/// <summary>
/// Random assignment of a fixed list of units (shops, regions, a panel) in permuted blocks within strata, so that every stratum is split
/// as planned but for one block. For units that arrive one by one over the network the bucketing rule is meant, not this.
/// </summary>
/// <remarks>Zelen 1974; Imbens and Rubin 2015, chapter 9. Analyse by stratum: <c>PostStratification</c>.</remarks>
public static class StratifiedAssignment
{
    /// <summary>The most units that one block may hold.</summary>
    public const int MaximumBlock = 1_000;

    /// <summary>A variant for every unit.</summary>
    /// <param name="strata">The stratum of each unit, any text; several properties are joined by the caller.</param>
    /// <param name="block">
    /// How many units of a block each variant gets, at least 0, two of them above 0: [1, 1] halves, [2, 1] two thirds.
    /// </param>
    /// <param name="generator">Shuffles the blocks. The same seed, strata and block give the same variants.</param>
    /// <returns>The index of a variant per unit, in order. In no stratum is a variant more than one block's share from its plan.</returns>
    /// <exception cref="ArgumentException">
    /// A block of fewer than two variants, negative numbers, or beyond <see cref="MaximumBlock"/>.
    /// </exception>
    public static int[] Assign(IReadOnlyList<string> strata, IReadOnlyList<int> block, Random generator)
    {
        ArgumentNullException.ThrowIfNull(strata);
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(generator);
        if (block.Any(share => share is < 0 or > MaximumBlock) || block.Count(share => share > 0) < 2 || block.Sum() > MaximumBlock)
            throw new ArgumentException($"Two variants with units at least, {MaximumBlock} units at most.", nameof(block));
        var template = block.SelectMany((share, variant) => Enumerable.Repeat(variant, share)).ToArray();
        var open = new Dictionary<string, Queue<int>>(StringComparer.Ordinal);
        var variants = new int[strata.Count];
        for (var i = 0; i < variants.Length; i++)
        {
            ArgumentNullException.ThrowIfNull(strata[i], nameof(strata));
            if (!open.TryGetValue(strata[i], out var rest))
                open.Add(strata[i], rest = new Queue<int>());
            if (rest.Count == 0)
            {
                var shuffled = (int[])template.Clone();
                generator.Shuffle(shuffled);
                foreach (var variant in shuffled)
                    rest.Enqueue(variant);
            }

            variants[i] = rest.Dequeue();
        }

        return variants;
    }
}
