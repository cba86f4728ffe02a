namespace Splitstream.Cluster.Tests;

/// <summary>Waits for what other threads and processes bring about. Whoever runs the tests ends a wait that never does.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public static Task HoldsAsync(Func<bool> holds) => HoldsAsync(() => Task.FromResult(holds()));

    public static async Task HoldsAsync(Func<Task<bool>> holds)
    {
        while (!await holds())
        {
            await Task.Delay(Pause);
        }
    }
}
