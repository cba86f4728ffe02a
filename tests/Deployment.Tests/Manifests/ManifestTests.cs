namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>Every manifest is accepted by the tool for its kind, and each tool is shown to refuse a defect.</summary>
public sealed class ManifestTests
{
    private static readonly (string Folder, string Pattern, string Kind)[] Manifests =
    [
        ("deploy", "Dockerfile", "dockerfile"),
        ("deploy", "compose.yaml", "compose"),
        ("deploy/kubernetes/overlays", "kustomization.yaml", "kustomize"),
        ("deploy/prometheus", "rules.yaml", "rules"),
        ("deploy/prometheus", "rules.test.yaml", "rule-tests"),
        ("deploy/prometheus", "prometheus.yaml", "prometheus"),
        ("deploy/apache", "*.conf", "apache"),
        ("deploy/nginx", "*.conf", "nginx"),
        ("deploy/compose", "*.conf", "nginx"),
        ("deploy/systemd", "*.service", "units"),
    ];

    public static TheoryData<string, string> All()
    {
        var all = new TheoryData<string, string>();
        foreach (var (folder, pattern, kind) in Manifests)
        {
            foreach (var file in Sources.Files(folder, pattern)) all.Add(kind, file);
        }

        foreach (var file in Scripts()) all.Add("script", file);
        return all;
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_manifest_is_accepted_by_its_tool(string kind, string file)
    {
        var run = await CheckAsync(kind, Sources.PathOf(file));

        Assert.True(run.IsOk, run.ToString());
    }

    [Theory]
    [InlineData("dockerfile", "deploy/Dockerfile", "STOPSIGNAL SIGTERM", "STOPSIGNAL TERMINATE", "Invalid signal")]
    [InlineData("dockerfile", "deploy/Dockerfile", "--start-period=60s", "--start-up=60s", "Unknown flag")]
    [InlineData("dockerfile", "deploy/Dockerfile", "WORKDIR /app", "WORKDIR", "no arguments")]
    [InlineData("compose", "deploy/compose.yaml", "stop_grace_period: 60s", "stop_grace: 60s", "invalid-schema")]
    [InlineData("compose", "deploy/compose.yaml", "condition: service_healthy", "condition: healthy", "invalid-schema")]
    [InlineData("compose", "deploy/compose.yaml", "image: redis:7.4.2-bookworm", "image: redis", "redis")]
    [InlineData("kustomize", "deploy/kubernetes/overlays/orleans/kustomization.yaml", "- silo.yaml", "- silos.yaml", "silos.yaml")]
    [InlineData("kustomize", "deploy/kubernetes/overlays/orleans/silo.yaml", "name: splitstream\nspec", "name: splitsteam\nspec", "splitsteam")]
    [InlineData("rules", "deploy/prometheus/rules.yaml", "min by (job)", "minimum by (job)", "parse error")]
    [InlineData("rule-tests", "deploy/prometheus/rules.yaml", "splitstream:sums_age_seconds > 60", "splitstream:sums_age_seconds > 600", "SplitstreamSumsOld")]
    [InlineData("rule-tests", "deploy/prometheus/rules.yaml", "expr: min by (job)", "expr: max by (job)", "SplitstreamSumsOld")]
    [InlineData("prometheus", "deploy/prometheus/prometheus.yaml", "scrape_interval:", "scrape_intervall:", "scrape_intervall")]
    [InlineData("apache", "deploy/apache/splitstream.conf", "hcexpr=ready", "hcexpr=unknown", "unknown")]
    [InlineData("apache", "deploy/apache/splitstream.conf", "RequestReadTimeout handshake", "RequestReadTimeouts handshake", "RequestReadTimeouts")]
    [InlineData("nginx", "deploy/compose/nginx.conf", "client_max_body_size 1m;", "client_max_body 1m;", "client_max_body")]
    [InlineData("nginx", "deploy/compose/nginx.conf", "http://splitstream_hot;", "http://splitstream-hot;", "splitstream-hot")]
    [InlineData("script", "deploy/first-keys", "cat \"$folder/keys.json\"", "cat $folder/keys.json", "SC2086")]
    public async Task A_tool_refuses_a_planted_defect(string kind, string file, string text, string defect, string complaint)
    {
        using var scratch = new Scratch();
        var root = scratch.CopyOf("deploy");
        var broken = Path.Combine(root, Path.GetRelativePath("deploy", file));
        var sound = await File.ReadAllTextAsync(broken);
        Assert.Contains(text, sound, StringComparison.Ordinal);
        await File.WriteAllTextAsync(broken, sound.Replace(text, defect, StringComparison.Ordinal));

        var run = await CheckAsync(kind, kind switch
        {
            "rule-tests" => Path.Combine(root, "prometheus/rules.test.yaml"),
            "kustomize" => Path.Combine(root, "kubernetes/overlays/orleans/kustomization.yaml"),
            _ => broken,
        });

        Assert.False(run.IsOk, run.ToString());
        Assert.Contains(complaint, run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Restart=", "Restarts=")]
    [InlineData("ExecStart=/", "ExecStart=")]
    public async Task Verification_of_units_refuses_a_planted_defect(string text, string defect)
    {
        using var scratch = new Scratch();
        var units = scratch.CopyOf("deploy/systemd");
        var broken = Directory.EnumerateFiles(units, "*.service").Order(StringComparer.Ordinal)
            .First(unit => File.ReadAllText(unit).Contains($"\n{text}", StringComparison.Ordinal));
        await File.WriteAllTextAsync(
            broken, (await File.ReadAllTextAsync(broken)).Replace($"\n{text}", $"\n{defect}", StringComparison.Ordinal));

        var run = await Check.UnitsAsync(broken);

        Assert.False(run.IsOk, run.ToString());
    }

    [Fact]
    public void A_missing_tool_is_a_failure() => Assert.Throws<InvalidOperationException>(() => Tool.Find("no-such-tool"));

    [Fact]
    public void A_folder_without_manifests_is_a_failure() =>
        Assert.Throws<InvalidOperationException>(() => Sources.Files("deploy", "*.none"));

    private static IEnumerable<string> Scripts() =>
        Sources.Files("deploy", "*").Where(file => File.ReadLines(Sources.PathOf(file)).FirstOrDefault() is { } first
            && first.StartsWith("#!", StringComparison.Ordinal) && first.EndsWith("sh", StringComparison.Ordinal));

    private static Task<Tool> CheckAsync(string kind, string file) => kind switch
    {
        "dockerfile" => Check.DockerfileAsync(file),
        "compose" => Check.ComposeAsync(file),
        "kustomize" => Check.KustomizeAsync(file),
        "rules" => Check.PrometheusRulesAsync(file),
        "rule-tests" => Check.PrometheusRuleTestsAsync(file),
        "prometheus" => Check.PrometheusAsync(file),
        "apache" => Check.ApacheAsync(file),
        "nginx" => Check.NginxAsync(file),
        "units" => Check.UnitsAsync(file),
        "script" => Check.ScriptAsync(file),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
