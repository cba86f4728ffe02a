using System.Diagnostics.Metrics;
using Splitstream.Api.Telemetry;
using Meters = Splitstream.Grains.Interfaces.Telemetry;

namespace Splitstream.Api.Tests;

public sealed class OperationsTests
{
    [Fact]
    public async Task Liveness_and_readiness_are_told_apart()
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Answer ready = await host.SendAsync("GET", "/health/ready", secret: null);
        host.Ports.IsReady = false;
        Answer notReady = await host.SendAsync("GET", "/health/ready", secret: null);
        host.Ports.AnswersKnownUnits = true;
        Answer degraded = await host.SendAsync("GET", "/health/ready", secret: null);
        Answer live = await host.SendAsync("GET", "/health/live", secret: null);

        Assert.Equal("""{"status":"ready","checks":[{"name":"database","ok":true,"detail":null}]}""", ready.Text);
        Assert.Equal((503, "not_ready"), (notReady.Status, notReady.Json.GetProperty("status").GetString()));
        Assert.Equal((200, "degraded"), (degraded.Status, degraded.Json.GetProperty("status").GetString()));
        Assert.Equal((200, "live"), (live.Status, live.Json.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task Requests_are_counted_and_timed_by_route_and_status()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        await host.SendAsync("GET", "/v1/metrics/none-1");
        await host.SendAsync("GET", "/v1/metrics/none-2");

        string text = (await host.SendAsync("GET", "/metrics", secret: null)).Text;

        Assert.Contains("# TYPE splitstream_http_request_duration_seconds histogram\n", text, StringComparison.Ordinal);
        Assert.Contains("splitstream_http_request_duration_seconds_count{method=\"GET\",route=\"/v1/metrics/{key}\",status=\"404\"} ", text, StringComparison.Ordinal);
        Assert.Contains("splitstream_http_request_duration_seconds_bucket{method=\"GET\",route=\"/v1/metrics/{key}\",status=\"404\",le=\"+Inf\"} ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("none-1", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_kind_of_instrument_is_written_as_prometheus_reads_it()
    {
        using var exporter = new PrometheusExporter();
        Counter<long> counter = Meters.Meter.CreateCounter<long>("test.claims", description: "Claims\nby outcome.");
        UpDownCounter<int> waiting = Meters.Meter.CreateUpDownCounter<int>("test_waiting");
        Gauge<double> share = Meters.Meter.CreateGauge<double>("test_share");
        Histogram<double> size = Meters.Meter.CreateHistogram("test_size", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        Meters.Meter.CreateObservableGauge("test_depth", () => 7);
        counter.Add(2, new KeyValuePair<string, object?>("outcome", "a\"b\\c\nd"));
        counter.Add(3, new KeyValuePair<string, object?>("outcome", "a\"b\\c\nd"));
        waiting.Add(5);
        waiting.Add(-2);
        share.Record(0.5);
        share.Record(0.25);
        size.Record(1);
        size.Record(1.5);
        size.Record(9);

        string text = exporter.Write();

        Assert.Contains("# HELP test_claims_total Claims\\nby outcome.\n# TYPE test_claims_total counter\ntest_claims_total{outcome=\"a\\\"b\\\\c\\nd\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE test_waiting gauge\ntest_waiting 3\n", text, StringComparison.Ordinal);
        Assert.Contains("test_share 0.25\n", text, StringComparison.Ordinal);
        Assert.Contains("test_depth 7\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "test_size_bucket{le=\"1\"} 1\ntest_size_bucket{le=\"2\"} 2\ntest_size_bucket{le=\"+Inf\"} 3\ntest_size_sum 11.5\ntest_size_count 3\n",
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_with_unbounded_values_is_cut_off()
    {
        using var exporter = new PrometheusExporter();
        Counter<long> counter = Meters.Meter.CreateCounter<long>("test_unbounded");
        for (int i = 0; i < PrometheusExporter.SeriesMax + 500; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        Assert.Equal(PrometheusExporter.SeriesMax, exporter.Write().Split('\n').Count(line => line.StartsWith("test_unbounded_total{", StringComparison.Ordinal)));
    }
}
