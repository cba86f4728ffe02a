using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Splitstream.Cli.Planning;
using Splitstream.Stats.Calibration;

namespace Splitstream.Cli.Verbs;

/// <summary>`power`: how many units an effect takes, or which effect some days find; computed here, without a server.</summary>
public static class PowerVerb
{
    public static Command Create(Terminal terminal)
    {
        var rate = new Option<double?>("--rate") { Description = "Conversion rate of control, between 0 and 1", HelpName = "R" };
        var mean = new Option<double?>("--mean") { Description = "Mean of control, with --variance", HelpName = "M" };
        var variance = new Option<double?>("--variance") { Description = "Variance of one unit's value", HelpName = "V" };
        var mde = new Option<double?>("--mde") { Description = "Smallest absolute effect worth finding", HelpName = "D" };
        var days = new Option<double?>("--days") { Description = "Instead of --mde: which effect is found by then", HelpName = "N" };
        var traffic = new Option<double?>("--units-per-day") { Description = "New units a day over all variants", HelpName = "N" };
        var alpha = new Option<double>("--alpha") { Description = "Two-sided error rate", HelpName = "A", DefaultValueFactory = _ => 0.05 };
        var power = new Option<double>("--power") { Description = "Chance that the effect is found", HelpName = "P", DefaultValueFactory = _ => 0.8 };
        var variants = new Option<int?>("--variants") { Description = "Number of variants of equal weight, control included (default 2)", HelpName = "N" };
        var weights = new Option<string?>("--weights") { Description = "Variants and weights, the control first, e.g. a=50,b=50", HelpName = "LIST" };
        var methods = string.Join(", ", Enum.GetValues<RuleMethod>().Select(PowerRow.NameOf));
        var method = new Option<string?>("--method") { Description = $"One of {methods} (default: all)", HelpName = "NAME" };
        var json = CommonOptions.Json();
        var command = new Command("power", "How many units an effect takes, or which effect some days find")
        {
            rate, mean, variance, mde, days, traffic, alpha, power, variants, weights, method, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var question = Check(new PowerQuestion(
                parsed.GetValue(rate),
                parsed.GetValue(mean),
                parsed.GetValue(variance),
                parsed.GetValue(mde),
                parsed.GetValue(days),
                parsed.GetValue(traffic),
                parsed.GetValue(alpha),
                parsed.GetValue(power),
                Variants(parsed.GetValue(variants), parsed.GetValue(weights)),
                Methods(parsed.GetValue(method), methods)));
            var answer = PowerAnswer.Of(question, cancellationToken);
            if (parsed.GetValue(json))
            {
                terminal.Out.WriteLine(answer.ToJson());
            }
            else
            {
                PowerReport.Write(terminal.Report(), answer);
            }

            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private static PowerQuestion Check(PowerQuestion question)
    {
        var isRate = question.Rate is not null;
        (bool Wrong, string Message)[] rules =
        [
            (isRate == (question.Mean is not null || question.Variance is not null), "Give --rate, or --mean and --variance."),
            (!isRate && (question.Mean is null || question.Variance is null), "--mean and --variance belong together."),
            (isRate && question.Rate is not (> 0 and < 1), "--rate must lie strictly between 0 and 1."),
            (!isRate && !(question.Variance > 0 && double.IsFinite(question.Variance.Value)), "--variance must be positive."),
            (!isRate && !double.IsFinite(question.Mean ?? 0), "--mean must be finite."),
            (question.Effect is null == question.Days is null, "Give --mde, or --days with --units-per-day."),
            (question.Days is not null && question.UnitsPerDay is null, "--days needs --units-per-day."),
            (question.Effect is not (null or > 0), "--mde must be positive."),
            (isRate && question.Rate + question.Effect >= 1, $"--mde must be below {1 - question.Rate}, what the rate leaves."),
            (question.Days is not (null or (> 0 and <= 3_650)), "--days must be positive and at most 3,650."),
            (question.UnitsPerDay is not (null or (> 0 and <= 1e9)), "--units-per-day must be positive and at most a billion."),
            (question.Alpha is not (> 0 and < 0.5), "--alpha must lie strictly between 0 and 0.5."),
            (!(question.Power > question.Alpha / 2 && question.Power < 1), "--power must lie strictly between alpha / 2 and 1."),
        ];
        return rules.FirstOrDefault(rule => rule.Wrong).Message is { } message ? throw CliException.Usage(message) : question;
    }

    private static ImmutableArray<(string, double)> Variants(int? count, string? list)
    {
        if (list is null)
        {
            return count is null or (>= 2 and <= ExperimentDesign.MaximumVariants)
                ? [.. Enumerable.Range(0, count ?? 2).Select(i => (i == 0 ? "control" : $"treatment-{i}", 1.0))]
                : throw CliException.Usage($"--variants must be 2 to {ExperimentDesign.MaximumVariants}.");
        }

        if (count is not null)
        {
            throw CliException.Usage("Give --variants or --weights, not both.");
        }

        var variants = ImmutableArray.CreateBuilder<(string, double)>();
        foreach (var item in list.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = item.LastIndexOf('=');
            if (at < 1 || !double.TryParse(item[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) || weight is not (> 0 and < 1e12))
            {
                throw CliException.Usage($"--weights: '{item}' is no variant with a weight above 0.", "Write it like a=50,b=50.");
            }

            variants.Add((item[..at], weight));
        }

        return variants.Count is >= 2 and <= ExperimentDesign.MaximumVariants
            ? variants.ToImmutable()
            : throw CliException.Usage($"--weights must name 2 to {ExperimentDesign.MaximumVariants} variants.");
    }

    private static ImmutableArray<RuleMethod> Methods(string? name, string all)
    {
        ImmutableArray<RuleMethod> known = [.. Enum.GetValues<RuleMethod>().Where(method => name is null or "all" || PowerRow.NameOf(method) == name)];
        return known.IsEmpty ? throw CliException.Usage($"--method must be one of {all}, or all.") : known;
    }
}
