using Splitstream.Deployment.Tests.Fronts;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>The script that restarts servers one by one; a roll that succeeds is part of the live deployment.</summary>
public sealed class RollTests
{
    [Fact]
    public async Task A_server_that_answers_200_without_being_ready_ends_the_roll()
    {
        // Health is all that this one answers, with 200, as a server does that is degraded.
        await using var server = new DyingServer();
        using var scratch = new Scratch();
        var systemctl = scratch.Write("systemctl", "#!/bin/sh\necho \"$@\" >>\"$ORDERS\"\n");
        File.SetUnixFileMode(systemctl, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var roll = await Tool.RunAsync(
            [Sources.PathOf("deploy/systemd/roll"), $"{server.Port}", "1"],
            environment: new Dictionary<string, string>
            {
                ["PATH"] = $"{scratch.Folder}:{Environment.GetEnvironmentVariable("PATH")}",
                ["ORDERS"] = scratch.PathOf("orders"),
                ["ROLL_READY_SECONDS"] = "1",
            });

        Assert.Equal(1, roll.ExitCode);
        Assert.Equal($"restart splitstream@{server.Port}.service\n", await File.ReadAllTextAsync(scratch.PathOf("orders")));
    }
}
