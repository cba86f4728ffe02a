using Spectre.Console;

namespace Splitstream.Cli.Import;

/// <summary>Shows how far an import is: a bar on a terminal, else a line every few seconds.</summary>
public sealed class ImportProgress(Terminal terminal, long totalRows)
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private long _row;

    /// <summary>Runs the sending; it is handed the way to say which row was sent last.</summary>
    public Task<T> RunAsync<T>(Func<Action<long>, Task<T>> send) => terminal.ErrorIsTerminal ? WithBarAsync(send) : WithLinesAsync(send);

    private Task<T> WithBarAsync<T>(Func<Action<long>, Task<T>> send) =>
        terminal.Progress().Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(context =>
            {
                var bar = context.AddTask($"Sending {totalRows:N0} rows", maxValue: totalRows);
                return send(row => Advance(row, furthest => bar.Value = furthest));
            });

    private async Task<T> WithLinesAsync<T>(Func<Action<long>, Task<T>> send)
    {
        var last = terminal.Time.GetTimestamp();
        terminal.Error.WriteLine($"Sending {totalRows} rows ...");
        return await send(row => Advance(row, furthest =>
        {
            if (terminal.Time.GetElapsedTime(last) >= LineInterval || furthest == totalRows)
            {
                last = terminal.Time.GetTimestamp();
                terminal.Error.WriteLine($"Sent {furthest} of {totalRows} rows ({100 * furthest / totalRows} %)");
            }
        }));
    }

    /// <summary>Bodies are answered out of order; the bar only goes forward.</summary>
    private void Advance(long row, Action<long> show)
    {
        lock (_gate)
        {
            if (row > _row)
            {
                _row = row;
                show(row);
            }
        }
    }
}
