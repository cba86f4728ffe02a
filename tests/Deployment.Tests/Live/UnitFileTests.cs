namespace Splitstream.Deployment.Tests.Live;

/// <summary>Where systemd cannot run, the units are followed directive by directive, and none is passed over unseen.</summary>
public sealed class UnitFileTests
{
    public static TheoryData<string> Services =>
        [.. Directory.GetFiles(Sources.PathOf("deploy/systemd"), "*.service").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_can_be_followed_without_systemd(string service)
    {
        var unit = UnitFile.Parse(File.ReadAllText(Sources.PathOf($"deploy/systemd/{service}")), "8081");
        Assert.StartsWith("/opt/splitstream/", unit.Get("ExecStart", ""), StringComparison.Ordinal);
        Assert.StartsWith("splitstream", unit.Get("User", ""), StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_value_wins_and_the_instance_is_put_in()
    {
        var unit = UnitFile.Parse("[Service]\nType=simple\nType=exec\nEnvironmentFile=/etc/a\nEnvironmentFile=-/etc/a-%i\n", "8081");
        Assert.Equal("exec", unit.Get("Type", ""));
        Assert.Equal(["/etc/a", "-/etc/a-8081"], unit.All("EnvironmentFile"));
    }

    [Theory]
    [InlineData("[Service]\nExecStartPre=/bin/true")]
    [InlineData("[Unit]\nOnFailure=other.service")]
    [InlineData("[Service]\nExecStart=/bin/true \\")]
    [InlineData("[Service]\nExecStart=/bin/true %h")]
    public void What_would_need_systemd_is_refused(string text) =>
        Assert.Throws<NotSupportedException>(() => UnitFile.Parse(text, ""));

    [Fact]
    public void A_server_has_more_time_to_stop_than_it_may_take()
    {
        var settings = File.ReadLines(Sources.PathOf("deploy/systemd/server.env")).Where(line => line.Contains("Seconds=", StringComparison.Ordinal))
            .Sum(line => int.Parse(line.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture));
        var unit = UnitFile.Parse(File.ReadAllText(Sources.PathOf("deploy/systemd/splitstream@.service")), "8081");
        Assert.InRange(int.Parse(unit.Get("TimeoutStopSec", "0"), System.Globalization.CultureInfo.InvariantCulture), settings + 1, settings + 60);
    }
}
