using System.Text.RegularExpressions;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>What docs/install.md tells to paste fits the files that it speaks of.</summary>
public sealed partial class InstructionsTests
{
    [Fact]
    public async Task Every_block_of_commands_is_bash()
    {
        foreach (var block in Sources.AllInstructionsIn("bash"))
        {
            var check = await Tool.RunAsync(["bash", "-n", "-c", block]);
            Assert.True(check.IsOk && check.Errors.Length == 0, check.ToString());
        }
    }

    [Fact]
    public void Every_file_that_is_installed_exists()
    {
        var named = Sources.AllInstructionsIn("bash").SelectMany(block => Named().Matches(block)).Select(match => match.Groups[1].Value).ToList();
        Assert.True(named.Count > 8);
        Assert.All(named, path => Assert.True(
            path.Contains('*', StringComparison.Ordinal) || Path.Exists(Sources.PathOf($"deploy/{path}")), $"deploy/{path} does not exist."));
        var programs = Sources.AllInstructionsIn("bash").SelectMany(block => Programs().Matches(block)).Select(match => match.Groups[1].Value);
        Assert.All(programs, path => Assert.True(
            File.GetUnixFileMode(Sources.PathOf($"deploy/{path}")).HasFlag(UnixFileMode.OtherExecute), $"deploy/{path} cannot be run."));
    }

    [Fact]
    public void No_password_or_key_is_an_argument_that_every_user_of_the_host_can_read()
    {
        foreach (var text in Sources.AllInstructionsIn("bash").Append(Sources.Read("deploy/compose/init-database")))
            Assert.DoesNotMatch(Argument(), text);
    }

    [GeneratedRegex("""-v \w*password=|sed [^<\n]*CHANGE-ME|-H "Authorization""")]
    private static partial Regex Argument();

    [GeneratedRegex(@"(?<![\w/.])deploy/([\w./@*-]+)")]
    private static partial Regex Named();

    [GeneratedRegex(@"/opt/splitstream/((?:backup|systemd)/[\w-]+)")]
    private static partial Regex Programs();
}
