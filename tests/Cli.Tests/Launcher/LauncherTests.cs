using System.Diagnostics;
using Splitstream.Cli.Tests.Fakes;

namespace Splitstream.Cli.Tests.Launcher;

/// <summary>The script at the root, run as a newcomer would: from anywhere, through a link, in a pipe.</summary>
public sealed class LauncherTests : IDisposable
{
    private static readonly string Root = new Checkout(FindRoot()).Root;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_runs_from_another_folder_through_a_link_and_passes_arguments_and_exit_code_on()
    {
        var link = Path.Combine(_folder.Path, "a link");
        File.CreateSymbolicLink(link, Path.Combine(Root, "splitstream"));

        var help = await RunAsync(link, "import", "--help");
        var usage = await RunAsync(link, "import", "no such file.csv");

        Assert.True(help.ExitCode == 0, help.ToString());
        Assert.Contains("--control", help.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, usage.ExitCode);
        Assert.Empty(usage.Out);
    }

    [Fact]
    public async Task A_start_with_nothing_changed_builds_nothing()
    {
        await RunAsync(Path.Combine(Root, "splitstream"), "--help");

        var second = await RunAsync(Path.Combine(Root, "splitstream"), "--help");

        Assert.Equal(0, second.ExitCode);
        Assert.DoesNotContain("Built", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_dotnet_it_says_what_is_missing()
    {
        // A copy without outputs, and a PATH with what the script needs but no dotnet.
        var copy = Path.Combine(_folder.Path, "copy");
        Directory.CreateDirectory(copy);
        File.Copy(Path.Combine(Root, "splitstream"), Path.Combine(copy, "splitstream"));
        var bin = Path.Combine(_folder.Path, "bin");
        Directory.CreateDirectory(bin);
        foreach (var tool in new[] { "bash", "env", "readlink", "dirname" })
        {
            File.CreateSymbolicLink(Path.Combine(bin, tool), $"/usr/bin/{tool}");
        }

        var run = await RunAsync(
            Path.Combine(copy, "splitstream"), new Dictionary<string, string> { ["PATH"] = bin, ["HOME"] = _folder.Path, ["DOTNET_ROOT"] = "" }, "--help");

        // A machine with the SDK in one of the usual places finds it there; then the copy fails for want of sources.
        Assert.NotEqual(0, run.ExitCode);
        Assert.Empty(run.Out);
        Assert.NotEmpty(run.Error);
    }

    private Task<Captured> RunAsync(string script, params string[] arguments) => RunAsync(script, new Dictionary<string, string>(), arguments);

    private async Task<Captured> RunAsync(string script, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(script, arguments) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Captured(process.ExitCode, await output, await error);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Splitstream.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
