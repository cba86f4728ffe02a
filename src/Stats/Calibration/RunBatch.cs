namespace Splitstream.Stats.Calibration;

/// <summary>Many runs of one simulation, side by side, their results in the order of the runs.</summary>
internal static class RunBatch
{
    private const int Block = 256;

    public static RunResult[] Run(
        RunSimulator simulator, int runs, ulong seed, ulong stream, int threads, CancellationToken cancellation)
    {
        var results = new RunResult[runs];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(
            0,
            (runs + Block - 1) / Block,
            options,
            simulator.Fork,
            (block, _, own) =>
            {
                for (var run = block * Block; run < Math.Min(runs, (block + 1) * Block); run++)
                {
                    var random = new RunRandom(seed, stream, (ulong)run);
                    results[run] = own.Run(ref random);
                }

                return own;
            },
            _ => { });
        return results;
    }

    public static SimulatedRate Count(RunResult[] results, Func<RunResult, bool> condition) =>
        new(results.LongCount(condition), results.Length);
}
