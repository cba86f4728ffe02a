using Spectre.Console;

namespace Splitstream.Cli;

/// <summary>
/// Where a verb writes. Answers go to <see cref="Out"/>; progress and messages go to <see cref="Error"/>, so that
/// the answers can be piped.
/// </summary>
/// <param name="Out">Answers and nothing else.</param>
/// <param name="Error">Progress, warnings and errors.</param>
/// <param name="OutIsTerminal">Whether a person reads <see cref="Out"/> directly.</param>
/// <param name="ErrorIsTerminal">Whether a progress bar may be drawn on <see cref="Error"/>.</param>
/// <param name="Time">The clock that progress lines and retries wait on.</param>
public sealed record Terminal(TextWriter Out, TextWriter Error, bool OutIsTerminal, bool ErrorIsTerminal, TimeProvider Time)
{
    /// <summary>Columns of a report that goes to a file or a pipe, where no window sets a width.</summary>
    private const int WidthWithoutTerminal = 160;

    /// <summary>The process's own standard streams.</summary>
    public static Terminal OfProcess() =>
        new(Console.Out, Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected, TimeProvider.System);

    /// <summary>A Spectre console over <see cref="Out"/>; without colours and 160 columns wide unless it is a terminal.</summary>
    public IAnsiConsole Report() => Create(Out, OutIsTerminal);

    /// <summary>A Spectre console over <see cref="Error"/>, for progress bars.</summary>
    public IAnsiConsole Progress() => Create(Error, ErrorIsTerminal);

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!isTerminal)
        {
            console.Profile.Width = WidthWithoutTerminal;
        }

        return console;
    }
}
