using System.Collections.Immutable;
using Splitstream.Stats.Calibration;
using Splitstream.Stats.Power;
using Splitstream.Stats.Sequential;

namespace Splitstream.Cli.Planning;

/// <summary>What `power` is asked: an effect to find, or days to find one in. The rule is the default one but for alpha.</summary>
/// <param name="Rate">Of conversions; null for means.</param>
/// <param name="Mean">Null for rates.</param>
/// <param name="Variance">Null for rates.</param>
/// <param name="Effect">Absolute; null where days are given.</param>
/// <param name="Days">Null where an effect is given.</param>
/// <param name="UnitsPerDay">Null when unknown.</param>
/// <param name="Variants">The first is the control.</param>
/// <param name="Methods">Those to answer for.</param>
public sealed record PowerQuestion(
    double? Rate,
    double? Mean,
    double? Variance,
    double? Effect,
    double? Days,
    double? UnitsPerDay,
    double Alpha,
    double Power,
    ImmutableArray<(string Key, double Weight)> Variants,
    ImmutableArray<RuleMethod> Methods)
{
    /// <summary>Minimum sample of the default rule.</summary>
    public const long MinimumSample = 20_000;

    /// <summary>Under which the server plans too.</summary>
    public const ulong Seed = 20_261_121;

    private static readonly RuleDesign Default = new(
        RuleMethod.Posterior, 0.995, 0.05, MinimumSample, 7, 240, 28, 56_000, BoundaryKind.LanDeMetsOBrienFleming, true, 0.05);

    /// <summary>At which looks are taken to come.</summary>
    public double AssumedUnitsPerDay => UnitsPerDay ?? PowerPlan.UnitsPerDay(Default, [.. Variants.Select(variant => variant.Weight)]);

    /// <summary>The experiment that is planned.</summary>
    /// <exception cref="CliException">The numbers do not fit together.</exception>
    public ExperimentDesign ToDesign()
    {
        try
        {
            return new ExperimentDesign(
                [.. Variants.Select(variant => variant.Weight)],
                0,
                Rate is { } rate ? OutcomeModel.Conversion(rate) : OutcomeModel.Normal(Mean!.Value, Variance!.Value),
                true,
                AssumedUnitsPerDay,
                0,
                Default with { Alpha = Alpha, MinimumDays = UnitsPerDay is null ? 0 : Default.MinimumDays },
                [],
                Effect,
                []);
        }
        catch (ArgumentException e)
        {
            throw CliException.Usage($"This cannot be planned: {e.Message}");
        }
    }
}
