using System.Text.Json;
using System.Text.Json.Nodes;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>What the overlays make, as Kubernetes would get it.</summary>
public sealed class KubernetesTests
{
    private const string Overlays = "deploy/kubernetes/overlays";

    public static TheoryData<string> All =>
        [.. Sources.Files(Overlays, "kustomization.yaml").Select(file => Path.GetFileName(Path.GetDirectoryName(file)!))];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Pods_are_probed_and_may_do_nothing_that_a_server_does_not_need(string overlay)
    {
        var objects = await BuildAsync(overlay);
        foreach (var deployment in Deployments(objects))
        {
            var pod = Pod(deployment);
            var container = Container(deployment);
            foreach (var (probe, path) in new[] { ("startupProbe", "/health/live"), ("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready") })
            {
                var get = At(container, probe, "httpGet");
                Assert.Equal(path, At(get, "path").GetString());
                Assert.Contains(At(get, "port").GetString(), Ports(container).Keys);
            }

            Assert.True(At(pod, "securityContext", "runAsNonRoot").GetBoolean());
            Assert.Equal("RuntimeDefault", At(pod, "securityContext", "seccompProfile", "type").GetString());
            Assert.False(At(pod, "automountServiceAccountToken").GetBoolean());
            Assert.False(At(container, "securityContext", "allowPrivilegeEscalation").GetBoolean());
            Assert.True(At(container, "securityContext", "readOnlyRootFilesystem").GetBoolean());
            Assert.Equal("ALL", Assert.Single(At(container, "securityContext", "capabilities", "drop").EnumerateArray()).GetString());
            Assert.Contains($"USER {At(pod, "securityContext", "runAsUser").GetInt32()}:", Sources.Read("deploy/Dockerfile"), StringComparison.Ordinal);
            Assert.True(At(deployment, "spec", "replicas").GetInt32() >= 2);
            Assert.NotEmpty(At(pod, "topologySpreadConstraints").EnumerateArray());
            Assert.NotEqual(JsonValueKind.Undefined, At(container, "resources", "limits", "memory").ValueKind);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_pod_that_ends_has_time_for_drain_and_requests_in_flight(string overlay)
    {
        var objects = await BuildAsync(overlay);
        var settings = Settings(objects);
        var needed = int.Parse(settings["Splitstream__DrainSeconds"], Culture) + int.Parse(settings["Splitstream__ShutdownSeconds"], Culture);
        Assert.All(Deployments(objects), deployment => Assert.True(At(Pod(deployment), "terminationGracePeriodSeconds").GetInt32() > needed));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Every_selector_finds_pods_and_every_named_thing_exists(string overlay)
    {
        var objects = await BuildAsync(overlay);
        var pods = Deployments(objects).Select(deployment => (Labels: Map(At(deployment, "spec", "template", "metadata", "labels")), Ports: Ports(Container(deployment)))).ToList();
        foreach (var service in OfKind(objects, "Service"))
        {
            var chosen = pods.Where(pod => Matches(Map(At(service, "spec", "selector")), pod.Labels)).ToList();
            Assert.NotEmpty(chosen);
            foreach (var port in At(service, "spec", "ports").EnumerateArray())
                Assert.All(chosen, pod => Assert.Contains(At(port, "targetPort").GetString(), pod.Ports.Keys));
        }

        foreach (var deployment in Deployments(objects))
        {
            var labels = Map(At(deployment, "spec", "template", "metadata", "labels"));
            Assert.True(Matches(Map(At(deployment, "spec", "selector", "matchLabels")), labels));
            Assert.Single(OfKind(objects, "PodDisruptionBudget"), budget => Matches(Map(At(budget, "spec", "selector", "matchLabels")), labels));
            Assert.Contains(OfKind(objects, "NetworkPolicy"), policy => Matches(Map(At(policy, "spec", "podSelector", "matchLabels")), labels));
            Assert.All(
                At(Pod(deployment), "topologySpreadConstraints").EnumerateArray(),
                spread => Assert.True(Matches(Map(At(spread, "labelSelector", "matchLabels")), labels)));
            Assert.Contains(
                At(Container(deployment), "envFrom").EnumerateArray().Single().GetProperty("configMapRef").GetProperty("name").GetString(),
                OfKind(objects, "ConfigMap").Select(Name));
            Assert.Contains(At(Pod(deployment), "serviceAccountName").GetString(), OfKind(objects, "ServiceAccount").Select(Name));
            var mounted = At(Container(deployment), "volumeMounts").EnumerateArray().Select(Name);
            Assert.Equal(At(Pod(deployment), "volumes").EnumerateArray().Select(Name).Order(StringComparer.Ordinal), mounted.Order(StringComparer.Ordinal));
        }

        foreach (var path in IngressPaths(objects))
        {
            var service = At(path, "backend", "service");
            var target = OfKind(objects, "Service").Single(candidate => Name(candidate) == Name(service));
            Assert.Contains(
                At(service, "port", "name").GetString(), At(target, "spec", "ports").EnumerateArray().Select(Name));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task No_secret_is_part_of_what_is_applied(string overlay)
    {
        var objects = await BuildAsync(overlay);
        Assert.Empty(OfKind(objects, "Secret"));
        Assert.All(objects, item => Assert.DoesNotContain("password", item.GetRawText(), StringComparison.OrdinalIgnoreCase));
        var passfile = "/run/secrets/splitstream/pgpass";
        Assert.Contains(passfile, Settings(objects)["Splitstream__ConnectionString"], StringComparison.Ordinal);
        Assert.All(Deployments(objects), deployment =>
        {
            var volume = Assert.Single(At(Pod(deployment), "volumes").EnumerateArray(), volume => volume.TryGetProperty("secret", out _));
            var mount = Assert.Single(At(Container(deployment), "volumeMounts").EnumerateArray(), mount => Name(mount) == Name(volume));
            Assert.Equal(Path.GetDirectoryName(passfile), At(mount, "mountPath").GetString());
        });
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_hot_path_is_split_from_management_and_the_inside_is_not_public(string overlay)
    {
        var paths = IngressPaths(await BuildAsync(overlay))
            .Select(path => (At(path, "path").GetString(), At(path, "pathType").GetString(), Name(At(path, "backend", "service")))).ToList();

        Assert.Equal(
            [
                ("/openapi/v1.json", "Exact", "splitstream-management"), ("/v1", "Prefix", "splitstream-management"),
                ("/v1/assign", "Exact", "splitstream-hot"), ("/v1/assign/batch", "Exact", "splitstream-hot"),
                ("/v1/assignments", "Prefix", "splitstream-hot"),
                ("/v1/events", "Exact", "splitstream-hot"), ("/v1/exposures", "Exact", "splitstream-hot"),
                ("/v1/units/lookup", "Exact", "splitstream-hot"),
            ],
            paths.OrderBy(path => path.Item1, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Deletes_of_assignments_are_sent_once_and_clients_are_not_limited_as_people_are(string overlay)
    {
        const string Front = "nginx.ingress.kubernetes.io/";
        var ingresses = OfKind(await BuildAsync(overlay), "Ingress").ToDictionary(Name, item => Map(At(item, "metadata", "annotations")));
        Assert.Equal("off", ingresses["splitstream-assignments"][Front + "proxy-next-upstream"]);
        Assert.True(ingresses["splitstream-management"].ContainsKey(Front + "limit-rps"));
        Assert.All(["splitstream-hot", "splitstream-assignments"], name => Assert.False(ingresses[name].ContainsKey(Front + "limit-rps")));
        // "non_idempotent" would let the front send any POST twice.
        Assert.All(ingresses.Values, annotations => Assert.DoesNotContain(
            "non_idempotent", annotations[Front + "proxy-next-upstream"], StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_pod_brings_the_database_up_to_date_before_its_server_starts(string overlay)
    {
        var server = Deployments(await BuildAsync(overlay)).Single(deployment => Name(deployment) == "splitstream");
        var prepare = Assert.Single(At(Pod(server), "initContainers").EnumerateArray());
        var setting = Assert.Single(At(prepare, "env").EnumerateArray());
        Assert.Equal(("Splitstream__PrepareOnly", "true"), (Name(setting), At(setting, "value").GetString()));
        foreach (var same in (string[])["image", "envFrom", "securityContext", "resources"])
            Assert.Equal(At(Container(server), same).GetRawText(), At(prepare, same).GetRawText());
        Assert.Contains(At(Container(server), "volumeMounts").EnumerateArray(), mount => mount.GetRawText() == At(prepare, "volumeMounts")[0].GetRawText());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task No_front_is_believed_before_somebody_names_it(string overlay) =>
        Assert.Equal("", Settings(await BuildAsync(overlay))["Splitstream__TrustedProxies"]);

    [Theory]
    [InlineData("embedded", "", false)]
    [InlineData("orleans", "-orleans", true)]
    [InlineData("orleans-api", "-orleans", true)]
    public async Task Only_members_of_a_cluster_reach_its_ports(string overlay, string image, bool isCluster)
    {
        var objects = await BuildAsync(overlay);
        var settings = Settings(objects);
        var server = Deployments(objects).Single(deployment => Name(deployment) == "splitstream");

        Assert.EndsWith($":0.1.0{image}", At(Container(server), "image").GetString(), StringComparison.Ordinal);
        Assert.Equal(isCluster, settings.ContainsKey("Splitstream__Cluster__ClusterId"));
        var policies = OfKind(objects, "NetworkPolicy").ToDictionary(policy => Name(policy));
        Assert.Equal(isCluster, policies.ContainsKey("splitstream-cluster"));
        if (!isCluster) return;

        var ports = Ports(Container(server));
        Assert.Equal((11111, 30000), (ports["silo"], ports["gateway"]));
        Assert.Equal(settings["Splitstream__Cluster__SiloPort"], $"{ports["silo"]}");
        Assert.Equal(settings["Splitstream__Cluster__GatewayPort"], $"{ports["gateway"]}");
        var address = Assert.Single(At(Container(server), "env").EnumerateArray());
        Assert.Equal("Splitstream__Cluster__AdvertisedAddress", Name(address));
        Assert.Equal("status.podIP", At(address, "valueFrom", "fieldRef", "fieldPath").GetString());
        foreach (var direction in new[] { ("ingress", "from"), ("egress", "to") })
        {
            var rule = Assert.Single(At(policies["splitstream-cluster"], "spec", direction.Item1).EnumerateArray());
            Assert.Equal([11111, 30000], At(rule, "ports").EnumerateArray().Select(port => At(port, "port").GetInt32()));
            var peer = Assert.Single(At(rule, direction.Item2).EnumerateArray());
            Assert.Equal("podSelector", Assert.Single(peer.EnumerateObject()).Name);
            Assert.All(Deployments(objects), deployment => Assert.True(
                Matches(Map(At(peer, "podSelector", "matchLabels")), Map(At(deployment, "spec", "template", "metadata", "labels")))));
        }

        var open = At(policies["splitstream"], "spec", "ingress").EnumerateArray().SelectMany(rule => At(rule, "ports").EnumerateArray());
        Assert.Equal(8080, Assert.Single(open.Select(port => At(port, "port").GetInt32())));
    }

    [Fact]
    public async Task Traffic_goes_to_the_hosts_without_grains_where_there_are_some()
    {
        var objects = await BuildAsync("orleans-api");
        var hosts = Deployments(objects).Single(deployment => Name(deployment) == "splitstream-api");

        var role = Assert.Single(At(Container(hosts), "env").EnumerateArray());
        Assert.Equal(("Splitstream__Cluster__Role", "api"), (Name(role), At(role, "value").GetString()));
        var labels = Map(At(hosts, "spec", "template", "metadata", "labels"));
        Assert.All(["splitstream-hot", "splitstream-management"], name => Assert.True(Matches(
            Map(At(OfKind(objects, "Service").Single(service => Name(service) == name), "spec", "selector")), labels)));
    }

    [Fact]
    public async Task Hosts_without_grains_are_pods_like_silos_but_for_what_only_a_silo_has()
    {
        var deployments = Deployments(await BuildAsync("orleans-api")).ToDictionary(Name);
        JsonNode Comparable(string name, string component)
        {
            var spec = JsonNode.Parse(At(deployments[name], "spec").GetRawText().Replace($"\"{component}\"", "\"any\"", StringComparison.Ordinal))!;
            var pod = spec["template"]!["spec"]!.AsObject();
            pod.Remove("initContainers");
            var container = pod["containers"]![0]!.AsObject();
            container.Remove("env");
            container["ports"] = new JsonArray([.. container["ports"]!.AsArray().Where(port => $"{port!["name"]}" == "http").Select(port => port!.DeepClone())]);
            return spec;
        }

        var (silo, host) = (Comparable("splitstream", "server"), Comparable("splitstream-api", "api"));
        // The container of both is called "server" too.
        host["template"]!["spec"]!["containers"]![0]!["name"] = "any";
        Assert.True(JsonNode.DeepEquals(silo, host), $"{silo}\n{host}");
    }

    private static System.Globalization.CultureInfo Culture => System.Globalization.CultureInfo.InvariantCulture;

    private static async Task<IReadOnlyList<JsonElement>> BuildAsync(string overlay)
    {
        var run = await Check.KustomizeAsync(Sources.PathOf($"{Overlays}/{overlay}/kustomization.yaml"));
        Assert.True(run.IsOk, run.ToString());
        using var scratch = new Scratch();
        var objects = await NodePrograms.ReadYamlAsync(scratch.Write("all.yaml", run.Output));
        Assert.All(OfKind(objects, "Deployment"), deployment => Assert.Equal("splitstream", At(deployment, "metadata", "namespace").GetString()));
        return objects;
    }

    private static List<JsonElement> Deployments(IReadOnlyList<JsonElement> objects)
    {
        var deployments = OfKind(objects, "Deployment").ToList();
        Assert.NotEmpty(deployments);
        return deployments;
    }

    private static IEnumerable<JsonElement> OfKind(IEnumerable<JsonElement> objects, string kind) =>
        objects.Where(item => item.GetProperty("kind").GetString() == kind);

    private static Dictionary<string, string> Settings(IEnumerable<JsonElement> objects) => Map(At(OfKind(objects, "ConfigMap").Single(), "data"));

    private static JsonElement Pod(JsonElement deployment) => At(deployment, "spec", "template", "spec");

    private static JsonElement Container(JsonElement deployment) => Assert.Single(At(Pod(deployment), "containers").EnumerateArray());

    private static Dictionary<string, int> Ports(JsonElement container) =>
        At(container, "ports").EnumerateArray().ToDictionary(Name, port => At(port, "containerPort").GetInt32());

    private static IEnumerable<JsonElement> IngressPaths(IEnumerable<JsonElement> objects) =>
        OfKind(objects, "Ingress").SelectMany(ingress => At(ingress, "spec", "rules").EnumerateArray())
            .SelectMany(rule => At(rule, "http", "paths").EnumerateArray());

    private static JsonElement At(JsonElement from, params string[] path)
    {
        foreach (var name in path)
        {
            if (!from.TryGetProperty(name, out from)) Assert.Fail($"{string.Join('.', path)} is missing.");
        }

        return from;
    }

    /// <summary>The name of an object, or of an item of a list.</summary>
    private static string Name(JsonElement item) =>
        (item.TryGetProperty("metadata", out var metadata) ? At(metadata, "name") : At(item, "name")).GetString()!;

    private static Dictionary<string, string> Map(JsonElement item) =>
        item.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);

    private static bool Matches(Dictionary<string, string> selector, Dictionary<string, string> labels) =>
        selector.Count > 0 && selector.All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value);
}
