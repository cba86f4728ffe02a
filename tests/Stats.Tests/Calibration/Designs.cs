using Splitstream.Stats.Calibration;
using Splitstream.Stats.Sequential;

namespace Splitstream.Stats.Tests.Calibration;

/// <summary>Experiments to simulate.</summary>
internal static class Designs
{
    /// <summary>The default rule on two variants, 10 % conversions and 4,000 units a day.</summary>
    public static ExperimentDesign Default { get; } = new(
        [1, 1],
        0,
        OutcomeModel.Conversion(0.1),
        true,
        4_000,
        0,
        new RuleDesign(RuleMethod.Posterior, 0.995, 0.05, 20_000, 7, 240, 28, 56_000, BoundaryKind.LanDeMetsOBrienFleming, true, 0.05),
        [],
        0.00505,
        []);

    public static ExperimentDesign With(this ExperimentDesign design, Func<RuleDesign, RuleDesign> rule) => design with { Rule = rule(design.Rule) };
}
