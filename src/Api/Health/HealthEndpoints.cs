using System.Text;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Json;
using Splitstream.Api.Routing;
using Splitstream.Api.Telemetry;

namespace Splitstream.Api.Health;

/// <summary>What operators and their machines ask, without a key.</summary>
internal sealed class HealthEndpoints(IReadiness readiness, PrometheusExporter exporter)
{
    private const string Tag = "Operations";

    public void Map(RouteTable routes)
    {
        routes.Open("GET", "/health/live", (context, _) => LiveAsync(context), "live", Tag, "Whether the process answers")
            .Answers<HealthResponse>();
        routes.Open("GET", "/health/ready", (context, _) => ReadyAsync(context), "ready", Tag, "Whether the process can do its work")
            .Answers<HealthResponse>()
            .Answers<HealthResponse>(StatusCodes.Status503ServiceUnavailable);
        routes.Open("GET", "/metrics", (context, _) => MetricsAsync(context), "metrics", Tag, "Measurements as Prometheus text")
            .Answers<string>(StatusCodes.Status200OK, "text/plain");
    }

    private static Task LiveAsync(HttpContext context) =>
        JsonResponse.WriteAsync(context, StatusCodes.Status200OK, new HealthResponse("live", []), ApiJsonContext.Default.HealthResponse);

    private async Task ReadyAsync(HttpContext context)
    {
        ReadinessReport report = await readiness.CheckAsync(context.RequestAborted);
        string status = report.IsReady ? "ready" : report.AnswersKnownUnits ? "degraded" : "not_ready";
        var answer = new HealthResponse(
            status, [.. report.Checks.Select(check => new HealthCheckResponse(check.Name, check.IsOk, check.Detail))]);
        await JsonResponse.WriteAsync(
            context, report.IsReady || report.AnswersKnownUnits ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, answer, ApiJsonContext.Default.HealthResponse);
    }

    private async Task MetricsAsync(HttpContext context)
    {
        byte[] text = Encoding.UTF8.GetBytes(exporter.Write());
        context.Response.ContentType = PrometheusExporter.MediaType;
        context.Response.ContentLength = text.Length;
        await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }
}
