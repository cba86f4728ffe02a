namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>One endpoint that takes a body, with a valid one to begin from.</summary>
/// <param name="Operation">The path as the contract has it.</param>
/// <param name="Body">Made anew for each request, from a small number of names: what stays valid creates little, so that memory says something.</param>
public sealed record FuzzTarget(string Method, string Operation, string Path, Func<Random, string> Body)
{
    private const int Names = 40;

    public static readonly FuzzTarget[] All =
    [
        Post("/v1/assign", random => $$"""{"unitId":"{{Unit(random)}}","experiments":["running","absent"],"attributes":{"country":"SE","age":42,"tags":["a","b"]},"dryRun":false}"""),
        Post("/v1/assign/batch", random => $$$"""{"units":[{"unitId":"{{{Unit(random)}}}","attributes":{"age":1}},{"unitId":"{{{Unit(random)}}}"}],"experiments":["running"]}"""),
        Post("/v1/units/lookup", random => $$"""{"unitId":"{{Unit(random)}}"}"""),
        Post("/v1/units/rebucket", random => $$"""{"unitId":"{{Unit(random)}}","experiment":"running"}"""),
        Post("/v1/units/explain", random => $$$"""{"unitId":"{{{Unit(random)}}}","experiment":"running","attributes":{"country":"SE"}}"""),
        Post("/v1/exposures", random => $$"""{"exposures":[{{Exposure(random)}},{{Exposure(random)}}]}"""),
        Post("/v1/events", random => $$"""{"events":[{{Event(random)}},{{Event(random)}},{{Event(random)}}]}"""),
        Post("/v1/experiments", random => Experiment($"fuzz-{random.Next(Names)}")),
        new("PATCH", "/v1/experiments/{key}", "/v1/experiments/running", _ =>
            """{"name":"Edited","hypothesis":"It is better than before.","variants":[{"key":"control","weight":40},{"key":"treatment","weight":60,"payload":{"n":1}}],"traffic":1,"targeting":null,"overrides":{"qa":"control"},"secondaryMetrics":[],"decisionRule":{"alpha":0.05,"horizon":{"days":30}},"confirm":true}"""),
        new("POST", "/v1/experiments/{key}/stop", "/v1/experiments/closed/stop", _ => """{"winner":"treatment"}"""),
        Post("/v1/metrics", random => $$$"""{"key":"metric-{{{random.Next(Names)}}}","name":"Metric","type":"mean","event":"buy","propertyPath":"$.items[0]['price']","windowHours":24,"direction":"increase","cap":{"value":100,"unit":"absolute"},"margin":{"value":0.1,"unit":"relative"},"lookbackDays":14}"""),
        // Plans that are read to the end and then lack a metric or a question: what is simulated takes seconds.
        Post("/v1/calibrate", random => $$$"""{"key":"plan-{{{random.Next(Names)}}}","variants":[{"key":"a","weight":1},{"key":"b","weight":2.5}],"traffic":0.5,"primaryMetric":"absent","guardrails":["absent-too"],"decisionRule":{"method":"posterior","cadenceMinutes":60,"horizon":{"days":14}},"runs":1000,"seed":7}"""),
        Post("/v1/power", _ => """{"baseline":{"rate":0.1},"alpha":0.05,"power":0.8,"variants":[{"key":"a","weight":1},{"key":"b","weight":1}],"unitsPerDay":4000,"decisionRule":{"cadenceMinutes":240}}"""),
        Post("/v1/mutex-groups", random => $$$"""{"key":"group-{{{random.Next(Names)}}}","name":"Group","shares":{"running":1,"closed":2.5}}"""),
        Post("/v1/api-keys", _ => """{"name":"fuzz","project":"default","scopes":["assign","ingest"],"origins":["https://shop.example"]}"""),
    ];

    private static FuzzTarget Post(string path, Func<Random, string> body) => new("POST", path, path, body);

    private static string Unit(Random random) => $"unit-{random.Next(Names)}";

    private static string Now() => TimeProvider.System.GetUtcNow().ToString("O", null);

    private static string Exposure(Random random) =>
        $$"""{"exposureId":"x-{{random.Next(Names)}}","unitId":"{{Unit(random)}}","experiment":"running","variant":"control","timestamp":"{{Now()}}"}""";

    private static string Event(Random random) =>
        $$$"""{"eventId":"e-{{{random.Next(Names)}}}","unitId":"{{{Unit(random)}}}","name":"buy","timestamp":"{{{Now()}}}","properties":{"price":9.99,"items":[{"price":1}],"note":"ok"}}""";

    private static string Experiment(string key) =>
        $$$$$"""{"key":"{{{{{key}}}}}","name":"Fuzzed","hypothesis":"It is better than before.","unitType":"user","variants":[{"key":"control","weight":1,"isControl":true},{"key":"treatment","weight":1,"payload":{"pages":[1,2]}}],"traffic":0.5,"targeting":{"all":[{"attribute":"country","operator":"in","value":["SE","DK"]},{"not":{"attribute":"age","operator":"equals","value":3}}]},"mutexGroup":"checkout","overrides":{"qa":"control"},"primaryMetric":"buys","secondaryMetrics":[],"guardrails":[],"assignment":"server","decisionRule":{"method":"fixed_horizon","alpha":0.05,"minSample":1000,"horizon":{"days":30,"unitsPerVariant":56000},"plan":{"baseline":{"rate":0.1}}}}""";
}
