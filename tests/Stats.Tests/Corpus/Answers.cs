using System.Text.Json;
using Splitstream.Stats.Bayesian;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.Corpus;

/// <summary>Functions of the library that no op of the conformance runner asks for; calls them for a row and holds no formula.</summary>
public static class Answers
{
    private static readonly Dictionary<string, Func<JsonElement, object?>> Ops = new()
    {
        ["beta_difference_interval"] = i => Ends(BetaComparison.DifferenceInterval(A(i), B(i), N(i, "level"))),
        ["beta_best_of"] = i => Best(BestOf.Compute(
            i.GetProperty("variants").EnumerateArray().Select(v => new BetaPosterior(v[0].GetDouble(), v[1].GetDouble())).ToArray())),
        ["normal_best_of"] = i => Best(BestOf.Compute(
            i.GetProperty("variants").EnumerateArray().Select(v => new NormalPosterior(v[0].GetDouble(), v[1].GetDouble())).ToArray())),
        ["mean_and_variance"] = i =>
        {
            var s = SampleSummary.FromSums(C(i, "n"), i.GetProperty("sum").GetString()!, i.GetProperty("sum_squares").GetString()!).Value;
            return new { mean = s.Mean, variance = s.Variance };
        },
    };

    public static object? To(CorpusRow row) => Ops[row.Op](row.Input);

    private static object Best(IReadOnlyList<BestOfResult> results) => new
    {
        p_best = results.Select(r => r.ProbabilityBest).ToArray(), loss = results.Select(r => r.ExpectedLoss).ToArray(),
    };

    private static BetaPosterior A(JsonElement i) => new(N(i, "alphaA"), N(i, "betaA"));

    private static BetaPosterior B(JsonElement i) => new(N(i, "alphaB"), N(i, "betaB"));

    private static double N(JsonElement i, string name) => i.GetProperty(name).GetDouble();

    private static long C(JsonElement i, string name) => (long)i.GetProperty(name).GetDouble();

    private static double[] Ends(CredibleInterval i) => [i.Lower, i.Upper];
}
