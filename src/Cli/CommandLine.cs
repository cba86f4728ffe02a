using System.CommandLine;
using Splitstream.Cli.Verbs;

namespace Splitstream.Cli;

/// <summary>The verbs, their common error handling and exit codes.</summary>
public sealed class CommandLine(Checkout checkout, Terminal terminal)
{
    /// <summary>Parses and runs one command line.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // No response files and no bundling: a column may be called "@x", and "-ab" is never meant here.
        var parsed = Build().Parse(arguments, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.Error.WriteLine($"splitstream: {error.Message}");
            }

            var verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
            terminal.Error.WriteLine($"Try: ./splitstream{verb} --help");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(
                new InvocationConfiguration
                {
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                    Output = terminal.Out,
                    Error = terminal.Error,
                },
                cancellationToken);
        }
        catch (CliException e)
        {
            terminal.Error.WriteLine($"splitstream: {e.Message}");
            if (e.Hint is not null)
            {
                terminal.Error.WriteLine(e.Hint);
            }

            return e.ExitCodeToUse;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Error.WriteLine("splitstream: interrupted.");
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            terminal.Error.WriteLine($"splitstream: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private RootCommand Build() => new("Splitstream: A/B tests that assign once, count once and decide by a measured rule.")
    {
        UpVerb.Create(checkout, terminal),
        DownVerb.Create(checkout, terminal),
        ImportVerb.Create(checkout, terminal),
        ResultsVerb.Create(checkout, terminal),
        VerifyVerb.Create(checkout, terminal),
        EvalVerb.Create(),
        CalibrateVerb.Create(checkout, terminal),
        PowerVerb.Create(terminal),
    };
}
