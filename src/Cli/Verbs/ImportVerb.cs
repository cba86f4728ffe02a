using System.CommandLine;
using Splitstream.Cli.Import;

namespace Splitstream.Cli.Verbs;

/// <summary>`import`: sends a finished experiment from a CSV file through the public API and prints the report.</summary>
public static class ImportVerb
{
    public static Command Create(Checkout checkout, Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "A CSV file, plain or gzip, with a header" };
        var experiment = new Option<string>("--experiment") { Required = true, Description = "Key of the experiment to make or continue", HelpName = "KEY" };
        var unit = new Option<string>("--unit") { Required = true, Description = "Column that identifies the unit", HelpName = "COLUMN" };
        var variant = new Option<string>("--variant") { Required = true, Description = "Column that names the unit's variant", HelpName = "COLUMN" };
        var control = new Option<string>("--control") { Required = true, Description = "The variant that is control", HelpName = "NAME" };
        var weights = new Option<string?>("--weights") { Description = "Planned weights (default: equal)", HelpName = "a=50,b=50" };
        var metrics = new Option<string[]>("--metric")
        {
            Required = true,
            Arity = ArgumentArity.OneOrMore,
            Description = "Column to analyse; the first is primary. Without a type: conversion when every value is yes or no, else mean",
            HelpName = "COLUMN[:conversion|mean|count]",
        };
        var json = CommonOptions.Json();
        var server = new ServerOptions();
        var command = new Command("import", "Import a finished experiment from a CSV file, analyse it and print the report")
        {
            file, experiment, unit, variant, control, weights, metrics, json,
        };
        server.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new ImportOptions(
                parsed.GetRequiredValue(file), parsed.GetRequiredValue(experiment), parsed.GetRequiredValue(unit), parsed.GetRequiredValue(variant),
                parsed.GetRequiredValue(control), parsed.GetValue(weights), parsed.GetRequiredValue(metrics));
            options.Validate();
            return new ImportSession(server.Resolve(parsed, checkout), checkout, terminal, options, parsed.GetValue(json)).RunAsync(cancellationToken);
        });
        return command;
    }
}
