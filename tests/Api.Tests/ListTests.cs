using System.Text;
using Splitstream.Grains.Interfaces.Audit;

namespace Splitstream.Api.Tests;

public sealed class ListTests
{
    private static readonly string[] Paths =
    [
        "/v1/experiments", "/v1/metrics", "/v1/mutex-groups", "/v1/api-keys", "/v1/audit", "/v1/experiments/one/audit", "/v1/experiments/one/snapshots",
        "/v1/experiments/one/views",
    ];

    public static TheoryData<string> Lists() => [.. Paths];

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_pages_through_everything_once_and_ends_with_null(string path)
    {
        await using ApiHost host = await Seed.StartAsync();
        await FillAsync(host);
        string whole = (await host.SendAsync("GET", path)).Json.GetProperty("items").GetRawText();

        var pages = new List<string>();
        string? cursor = null;
        do
        {
            Answer page = await host.SendAsync("GET", $"{path}?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}");
            Assert.Equal(200, page.Status);
            Assert.InRange(page.Json.GetProperty("items").GetArrayLength(), 1, 2);
            pages.AddRange(page.Json.GetProperty("items").EnumerateArray().Select(item => item.GetRawText()));
            cursor = page.Json.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        Assert.Equal(5, pages.Count);
        Assert.Equal(whole, $"[{string.Join(',', pages)}]");
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task Limits_out_of_range_and_cursors_that_were_tampered_with_are_refused(string path)
    {
        await using ApiHost host = await Seed.StartAsync();
        foreach (string limit in new[] { "0", "201", "-1", "1.5", "many", "", "99999999999999999999" })
        {
            Problems.Check(await host.SendAsync("GET", $"{path}?limit={limit}"), 422, "validation_failed", "/limit");
        }

        string[] texts = ["", "x", "other\none", "experiments\n../one", "experiments\n\0", "audit\n-1", "audit\n1e5", "metrics\n'; DROP TABLE metrics; --", "api-keys\n/", "snapshots:one\n?"];
        string[] cursors = ["!", "%00", "a", new string('a', 600), .. texts.Select(text => Encode(Encoding.UTF8.GetBytes(text))), Encode([0xff, 0xfe])];
        foreach (string cursor in cursors)
        {
            Problems.Check(await host.SendAsync("GET", $"{path}?cursor={cursor}"), 422, "validation_failed", "/cursor");
        }
    }

    [Theory]
    [InlineData("/v1/experiments/none/audit")]
    [InlineData("/v1/experiments/none/snapshots")]
    [InlineData("/v1/experiments/none/views")]
    [InlineData("/v1/experiments/..%5Cnone/views")]
    public async Task Lists_of_an_absent_experiment_are_404(string path)
    {
        await using ApiHost host = await Seed.StartAsync();
        Problems.Check(await host.SendAsync("GET", path), 404, "experiment_not_found");
    }

    private static async Task FillAsync(ApiHost host)
    {
        for (int i = 1; i < 5; i++)
        {
            host.Ports.Experiments[$"one-{i}"] = Seed.Experiment($"one-{i}");
            host.Ports.Metrics[$"buys-{i}"] = host.Ports.Metrics["buys"] with { Key = $"buys-{i}" };
            host.Ports.Groups[$"checkout-{i}"] = host.Ports.Groups["checkout"] with { Key = $"checkout-{i}" };
            host.Ports.Audit.Add(new AuditEntry("experiment:one", i + 1, FakePorts.Now, "owner", "edited", "{}", "ab", "cd"));
            host.Grains.Take("one", $"s{i}");
        }

        for (int i = 0; i < 5; i++)
        {
            await host.SendAsync("GET", $"/v1/experiments/one/snapshots/s{i}");
        }
    }

    private static string Encode(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
