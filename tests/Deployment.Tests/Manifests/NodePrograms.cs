using System.Text.Json;

namespace Splitstream.Deployment.Tests.Manifests;

/// <summary>Programs from npm, at the versions of <c>tools/package-lock.json</c>; installed into <c>artifacts</c> on first use.</summary>
internal static class NodePrograms
{
    private static readonly string Tools = Sources.PathOf("tests/Deployment.Tests/Manifests/tools");
    private static readonly string Folder = Sources.PathOf("artifacts/manifest-tools");
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <param name="program">A program of the installed packages, e.g. <c>dclint</c>.</param>
    public static async Task<Tool> RunAsync(string program, params string[] arguments)
    {
        await Installed.Value;
        return await Tool.RunAsync(["node", Path.Combine(Folder, "node_modules", ".bin", program), .. arguments]);
    }

    /// <summary>The documents of a YAML file.</summary>
    /// <exception cref="InvalidOperationException">It is no YAML.</exception>
    public static async Task<IReadOnlyList<JsonElement>> ReadYamlAsync(string file)
    {
        await Installed.Value;
        var run = await Tool.RunAsync("node", Path.Combine(Folder, "yaml-to-json.mjs"), file);
        return run.IsOk ? [.. JsonDocument.Parse(run.Output).RootElement.EnumerateArray()] : throw new InvalidOperationException(run.ToString());
    }

    private static async Task InstallAsync()
    {
        var lockFile = Path.Combine(Folder, "package-lock.json");
        var done = Path.Combine(Folder, "installed");
        Directory.CreateDirectory(Folder);
        var isCurrent = File.Exists(done) && File.ReadAllText(done) == File.ReadAllText(Path.Combine(Tools, "package-lock.json"));
        foreach (var file in Directory.EnumerateFiles(Tools)) File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        if (isCurrent) return;
        var run = await Tool.RunAsync(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", Folder], Folder);
        if (!run.IsOk) throw new InvalidOperationException(run.ToString());
        File.Copy(lockFile, done, overwrite: true);
    }
}
