namespace Splitstream.Properties;

/// <summary>Many runs of one study side by side; each has random numbers of its own, so that threads and order do not matter.</summary>
public static class Runs
{
    private const int Block = 64;

    /// <summary>How often each of several events happened.</summary>
    /// <param name="run">Marks what happened in one run.</param>
    public static long[] Count(int runs, ulong stream, int events, Action<Pcg, bool[]> run)
    {
        var totals = new long[events];
        Blocks(runs, () => new long[events], (first, last, counts) =>
        {
            var happened = new bool[events];
            for (var i = first; i < last; i++)
            {
                Array.Clear(happened);
                run(new Pcg(Seeds.Seed, stream, (ulong)i), happened);
                for (var e = 0; e < events; e++)
                    counts[e] += happened[e] ? 1 : 0;
            }
        },
        counts =>
        {
            for (var e = 0; e < events; e++)
                totals[e] += counts[e];
        });
        return totals;
    }

    /// <summary>What each run came to, in the order of the runs.</summary>
    public static T[] Map<T>(int runs, ulong stream, Func<Pcg, T> run)
    {
        var results = new T[runs];
        Blocks(runs, () => results, (first, last, all) =>
        {
            for (var i = first; i < last; i++)
                all[i] = run(new Pcg(Seeds.Seed, stream, (ulong)i));
        },
        _ => { });
        return results;
    }

    private static void Blocks<T>(int runs, Func<T> begin, Action<int, int, T> work, Action<T> end)
    {
        var together = new Lock();
        Parallel.For(
            0,
            (runs + Block - 1) / Block,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            begin,
            (block, _, own) =>
            {
                work(block * Block, Math.Min(runs, (block + 1) * Block), own);
                return own;
            },
            own =>
            {
                lock (together)
                    end(own);
            });
    }
}
