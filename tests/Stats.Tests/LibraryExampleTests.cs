using System.Runtime.CompilerServices;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Tests;

/// <summary>The example of docs/statistics.md, as it stands there.</summary>
public sealed class LibraryExampleTests
{
    [Fact]
    public void The_example_prints_what_the_documentation_says()
    {
        using var output = new StringWriter();
        var control = new ConversionCounts(20_000, 2_000);
        var treatment = new ConversionCounts(20_000, 2_140);

        var comparison = TwoProportionTest.Compute(control, treatment);
        if (comparison.TryGet(out var test, out var why))
            output.WriteLine($"{test.Effect:F4}, {test.Interval.Lower:F4} to {test.Interval.Upper:F4}, p = {test.P:F4}");
        else
            output.WriteLine($"{why.Reason}: {why.Detail}");

        var belief = BetaComparison.ProbabilityBetter(BetaPosterior.Uniform.Update(control), BetaPosterior.Uniform.Update(treatment));
        output.WriteLine($"P(better) = {belief.BGreater:F4}");

        var rule = new RuleDesign(
            RuleMethod.Posterior, PosteriorThreshold: 0.995, Alpha: 0.05, MinimumSample: 20_000, MinimumDays: 7, CadenceMinutes: 240,
            HorizonDays: 28, HorizonUnitsPerVariant: 56_000, BoundaryKind.LanDeMetsOBrienFleming, HolmCorrection: true, GuardrailAlpha: 0.05);
        var design = new ExperimentDesign(
            Weights: [1, 1], Control: 0, OutcomeModel.Conversion(0.1), HigherIsBetter: true, UnitsPerDay: 4_000, DelayHours: 0, rule,
            Guardrails: [], MinimumEffect: 0.005, LookDays: []);
        var certificate = Certifier.Certify(design, new CertificateOptions(Seed: 1, Runs: 20_000));
        output.WriteLine($"acts falsely in {certificate.FalsePositives!.Rate:P2} of experiments");

        var documentation = File.ReadAllText(Path.Combine(Root(), "docs", "statistics.md"));
        Assert.All(output.ToString().Split(Environment.NewLine)[..2], line => Assert.Contains($"`{line}`", documentation, StringComparison.Ordinal));
        Assert.Equal(0.048, certificate.FalsePositives.Rate, 0.006);

        string[] example = [.. documentation.Split("```csharp\n")[1].Split("```")[0].Split('\n').Where(line => line.Length > 0)];
        var source = File.ReadAllText(Source());
        Assert.All(example, line => Assert.Contains($"\n        {line}\n", source, StringComparison.Ordinal));
    }

    private static string Root() => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Source())!, "..", ".."));

    private static string Source([CallerFilePath] string file = "") => file;
}
