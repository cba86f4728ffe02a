using System.Collections.Immutable;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Audit;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Interfaces.MutexGroups;

namespace Splitstream.Api.Tests;

/// <summary>A host with one experiment, metric, group, snapshot and audit entry.</summary>
internal static class Seed
{
    public static async Task<ApiHost> StartAsync()
    {
        ApiHost host = await ApiHost.StartAsync();
        host.Ports.Experiments["one"] = Experiment("one");
        host.Ports.Metrics["buys"] = new MetricDefinition("buys", "Buys", MetricType.Conversion, "buy", null, 24, MetricDirection.Increase, null, null, 14);
        host.Ports.Groups["checkout"] = new MutexGroup(1, "checkout", "Checkout", "seed", ImmutableSortedDictionary<string, double>.Empty, FakePorts.Now);
        host.Ports.Audit.Add(new AuditEntry("experiment:one", 1, FakePorts.Now, "owner", "created", """{"version":1}""", "00", "ab"));
        host.Grains.Take("one", "s0");
        return host;
    }

    public static ExperimentState Experiment(string key)
    {
        var definition = new ExperimentDefinition(
            key,
            "One",
            "It is better than before.",
            "user",
            [new Variant("control", 50, true, null), new Variant("treatment", 50, false, """{"n":1.10}""")],
            0.5,
            """{"attribute":"country","operator":"equals","value":"SE"}""",
            "checkout",
            ImmutableSortedDictionary<string, string>.Empty,
            "buys",
            [],
            [],
            AssignmentMode.Server,
            DecisionRule.Default);
        var epoch = new Epoch(1, FakePorts.Now, null, [50, 50], 0.5, definition.TargetingJson, false);
        return new ExperimentState(7, definition, ExperimentStatus.Running, 3, "seed", "other", [epoch], FakePorts.Now, FakePorts.Now, null, null, false, 1, false, null);
    }
}
