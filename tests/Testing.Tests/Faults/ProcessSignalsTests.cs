using System.Diagnostics;
using Splitstream.Testing.Faults;

namespace Splitstream.Testing.Tests.Faults;

public sealed class ProcessSignalsTests
{
    [Fact]
    public async Task A_frozen_process_answers_nothing_until_it_is_thawed()
    {
        using var process = Start();
        Assert.Equal("a", await AskAsync(process, "a"));

        ProcessSignals.Freeze(process.Id);
        await Until.TrueAsync(() => State(process) == 'T');
        var asked = AskAsync(process, "b");
        Assert.Equal('T', State(process));
        Assert.False(asked.IsCompleted);

        ProcessSignals.Thaw(process.Id);
        Assert.Equal("b", await asked);
        ProcessSignals.Kill(process.Id);
        await process.WaitForExitAsync();
    }

    [Fact]
    public async Task A_killed_process_ends_even_when_it_is_frozen()
    {
        using var process = Start();
        ProcessSignals.Freeze(process.Id);

        ProcessSignals.Kill(process.Id);
        await process.WaitForExitAsync();

        Assert.Equal(128 + 9, process.ExitCode);
    }

    [Fact]
    public async Task A_process_that_is_gone_cannot_be_signalled()
    {
        using var process = Start();
        process.StandardInput.Close();
        await process.WaitForExitAsync();

        Assert.Throws<InvalidOperationException>(() => ProcessSignals.Kill(process.Id));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void Groups_and_the_first_process_are_never_signalled(int id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ProcessSignals.Kill(id));

    private static Process Start() =>
        Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static async Task<string?> AskAsync(Process process, string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
        return await process.StandardOutput.ReadLineAsync();
    }

    private static char State(Process process)
    {
        var stat = File.ReadAllText($"/proc/{process.Id}/stat");
        return stat[stat.LastIndexOf(')') + 2];
    }
}
