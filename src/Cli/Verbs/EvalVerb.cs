using System.CommandLine;
using Splitstream.Cli.Evaluation;

namespace Splitstream.Cli.Verbs;

/// <summary>`eval`: answers questions about bucketing and statistics, one JSON object per line; standard output holds answers and nothing else.</summary>
public static class EvalVerb
{
    public static Command Create()
    {
        var command = new Command("eval", "Answer JSON questions, one per line, about bucketing and statistics");
        command.SetAction(async (_, cancellationToken) =>
        {
            // The raw streams: the console's writers would add an encoding and a buffer of their own.
            await using var input = Console.OpenStandardInput();
            await using var output = Console.OpenStandardOutput();
            await EvalRunner.RunAsync(input, output, cancellation: cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }
}
