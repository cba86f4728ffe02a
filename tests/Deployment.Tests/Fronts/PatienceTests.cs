using System.Globalization;
using System.Text.RegularExpressions;

namespace Splitstream.Deployment.Tests.Fronts;

/// <summary>How long fronts wait for an assignment.</summary>
public sealed partial class PatienceTests
{
    /// <summary>After so many seconds a server that cannot reach its database has given up and answered 503.</summary>
    private const int ServerSeconds = 12;

    [Theory]
    [InlineData("deploy/nginx/splitstream.conf")]
    [InlineData("deploy/compose/nginx.conf")]
    public void A_server_that_is_only_slow_is_waited_for_and_no_other_is_asked_as_well(string file)
    {
        foreach (var location in (string[])["location ~ ^/v1/(assign|assign/batch|units/lookup)$ {", "location /v1/assignments/ {"])
        {
            var text = Sources.Read(file);
            var from = text.IndexOf(location, StringComparison.Ordinal);
            Assert.InRange(from, 0, text.Length);
            var settings = Seconds().Matches(text[from..text.IndexOf("\n\n", from, StringComparison.Ordinal)]);
            int Setting(string name) => int.Parse(
                settings.First(match => match.Groups[1].Value == name).Groups[2].Value, CultureInfo.InvariantCulture);
            Assert.True(Setting("proxy_read_timeout") > ServerSeconds);
            // nginx goes to the next server only within this time, so never after it has waited for an answer in vain.
            Assert.True(Setting("proxy_next_upstream_timeout") < Setting("proxy_read_timeout"));
        }
    }

    [Fact]
    public void Apache_waits_as_long_as_a_server_may_take() =>
        Assert.All(
            Regex.Matches(Sources.Read("deploy/apache/splitstream.conf"), @" timeout=(\d+)"),
            match => Assert.True(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) > ServerSeconds));

    [GeneratedRegex(@"(proxy_\w+_timeout) (\d+)s;")]
    private static partial Regex Seconds();
}
