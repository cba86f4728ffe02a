using System.Text.RegularExpressions;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>One tool for each kind of manifest. Each works on a file in its folder, so that a copy with a defect is checked in the same way.</summary>
internal static partial class Check
{
    private const string ApacheModules = "/usr/lib/apache2/modules";

    /// <summary>What the site needs of Apache, as its comment tells the operator to enable.</summary>
    private static readonly string[] Modules =
    [
        "mpm_event", "authz_core", "alias", "headers", "reqtimeout", "slotmem_shm", "proxy", "proxy_http", "proxy_balancer", "proxy_hcheck",
        "lbmethod_byrequests",
    ];

    public static Task<Tool> ScriptAsync(string file) => Tool.RunAsync("shellcheck", file);

    public static Task<Tool> DockerfileAsync(string file) => NodePrograms.RunAsync("dockerfile-utils", "lint", file);

    /// <summary>Against the schema of the Compose Specification, and the linter's own rules but for those of order.</summary>
    public static Task<Tool> ComposeAsync(string file) =>
        NodePrograms.RunAsync(
            "dclint", "--max-warnings", "0", "--config", Sources.PathOf("tests/Deployment.Tests/Manifests/tools/dclint.json"), file);

    /// <param name="file">The overlay's <c>kustomization.yaml</c>.</param>
    public static Task<Tool> KustomizeAsync(string file) => Tool.RunAsync("kubectl", "kustomize", Path.GetDirectoryName(file)!);

    public static Task<Tool> PrometheusRulesAsync(string file) => Tool.RunAsync("promtool", "check", "rules", file);

    public static Task<Tool> PrometheusRuleTestsAsync(string file) => Tool.RunAsync("promtool", "test", "rules", file);

    public static Task<Tool> PrometheusAsync(string file) => Tool.RunAsync("promtool", "check", "config", file);

    /// <summary>A whole configuration, or a part of one that is included in <c>http</c>.</summary>
    public static async Task<Tool> NginxAsync(string file)
    {
        using var scratch = new Scratch();
        return await Tool.RunAsync("nginx", "-t", "-q", "-e", "stderr", "-p", scratch.Folder, "-c", NginxConfiguration(scratch, File.ReadAllText(file)));
    }

    public static async Task<Tool> ApacheAsync(string file)
    {
        using var scratch = new Scratch();
        return await Tool.RunAsync("apache2", "-t", "-f", ApacheConfiguration(scratch, File.ReadAllText(file)));
    }

    /// <summary>
    /// Units whose programs are not installed here; an instance is verified in place of its template. An unknown setting is only warned of
    /// by the tool, and refused here.
    /// </summary>
    public static async Task<Tool> UnitsAsync(string file)
    {
        using var scratch = new Scratch();
        var units = Directory.EnumerateFiles(Path.GetDirectoryName(file)!).Where(unit => UnitName().IsMatch(unit))
            .Select(unit => scratch.Write(
                Path.GetFileName(unit).Replace("@.", "@8081.", StringComparison.Ordinal),
                ProgramOfProduct().Replace(File.ReadAllText(unit), "$1/bin/true"))).ToList();
        var run = await Tool.RunAsync(["systemd-analyze", "verify", "--man=no", .. units]);
        return run.IsOk && run.Errors.Length > 0 ? run with { ExitCode = 1 } : run;
    }

    /// <summary>
    /// Written into the folder: pid file, logs and temporary files below it, names of containers as loopback, and a port that needs no root.
    /// </summary>
    public static string NginxConfiguration(Scratch scratch, string text)
    {
        var temporary = string.Concat(
            new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path {scratch.PathOf(kind)};\n"));
        text = ContainerName().Replace(text, "127.0.0.1:").Replace("/var/log/nginx/", $"{scratch.Folder}/", StringComparison.Ordinal);
        text = PortOfRoot().Replace(text, match => match.Groups[1].Success ? "" : "listen 127.0.0.1:18080;");
        text = text.Contains("http {", StringComparison.Ordinal)
            ? NginxPid().Replace(text, "").Replace("http {", $"http {{\n{temporary}", StringComparison.Ordinal)
            : $"events {{}}\nhttp {{\n{temporary}{text}\n}}\n";
        return scratch.Write("nginx.conf", $"pid {scratch.PathOf("nginx.pid")};\n{text}");
    }

    public static string ApacheConfiguration(Scratch scratch, string text)
    {
        Directory.CreateDirectory(scratch.PathOf("run"));
        var load = string.Join('\n', Modules.Select(module => $"LoadModule {module}_module {ApacheModules}/mod_{module}.so"));
        return scratch.Write(
            "apache.conf",
            $"""
            Define APACHE_LOG_DIR {scratch.Folder}
            ServerRoot {scratch.Folder}
            DefaultRuntimeDir {scratch.PathOf("run")}
            PidFile {scratch.PathOf("run/apache.pid")}
            ErrorLog {scratch.PathOf("error.log")}
            ServerName localhost
            User www-data
            Group www-data
            {load}
            {text}
            """);
    }

    [GeneratedRegex(@"^(Exec\w+=[-@:+!]*)/opt/splitstream/\S+", RegexOptions.Multiline)]
    private static partial Regex ProgramOfProduct();

    [GeneratedRegex(@"\.(service|timer|target|socket)$")]
    private static partial Regex UnitName();

    [GeneratedRegex(@"silo-\d:")]
    private static partial Regex ContainerName();

    /// <summary>IPv6 is left out, because not every machine has it.</summary>
    [GeneratedRegex(@"(?<!# )listen (\[::\]:)?80;")]
    private static partial Regex PortOfRoot();

    [GeneratedRegex(@"^pid .*;", RegexOptions.Multiline)]
    private static partial Regex NginxPid();
}
