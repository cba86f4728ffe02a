using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Calibration;

/// <summary>Certificates of experiments before they start.</summary>
internal sealed class CalibrationEndpoints(ICertificates certificates, IMetricStore metrics, TimeProvider time)
{
    private const ApiScopes Planners = ApiScopes.Read | ApiScopes.Manage;

    private static readonly Problem NoExperiment = new(ErrorCode.ExperimentNotFound, "There is no experiment of this key.");

    public void Map(RouteTable routes)
    {
        routes.Map("GET", "/v1/experiments/{key}/peeking", Planners, (context, _) => PeekingAsync(context), "auditPeeking", "Results", "What looking did to the error rate",
                refusals: [ErrorCode.ExperimentNotFound])
            .Says("Simulates the rule at the looks that were really taken, and as if it had been watched at the finest interval used.")
            .Answers<PeekingAuditResult>();
        routes.Map("POST", "/v1/calibrate", Planners, (context, _) => CalibrateAsync(context), "calibrate", "Planning", "Certificate of a planned experiment",
                isIdempotent: true)
            .Says("Simulates the whole rule. Takes seconds, up to a minute for fine cadences and many variants; cached by its inputs.")
            .Takes<CalibrateRequest>()
            .Answers<CertificateResult>();
    }

    private async Task PeekingAsync(HttpContext context)
    {
        string key = (string)context.Request.RouteValues["key"]!;
        PeekingAuditResult? audit = JsonInput.IsKey(key) ? await certificates.AuditPeekingAsync(key, context.RequestAborted) : null;
        await (audit is null
            ? ProblemWriter.WriteAsync(context, NoExperiment)
            : JsonResponse.WriteAsync(context, StatusCodes.Status200OK, audit, ApiJsonContext.Default.PeekingAuditResult));
    }

    private async Task CalibrateAsync(HttpContext context)
    {
        if (await RequestInput.ReadAsync(context, time, CalibrateInput.Read) is not { } planned)
        {
            return;
        }

        var errors = new InputErrors();
        if (planned.Metric is null && planned.Definition.PrimaryMetric is { } primary)
        {
            MetricDefinition? metric = await metrics.FindAsync(primary, context.RequestAborted);
            if (metric is null)
            {
                errors.Add("/primaryMetric", $"There is no metric {primary}.");
            }
            else if (planned.HistoryDays is not null && metric.Type is MetricType.Ratio or MetricType.Quantile)
            {
                errors.Add("/primaryMetric", $"fromEvents takes a conversion, retention, count or mean; {primary} is another.");
            }
        }

        for (int i = 0; i < planned.Definition.Guardrails.Length; i++)
        {
            if (await metrics.FindAsync(planned.Definition.Guardrails[i], context.RequestAborted) is null)
            {
                errors.Add($"/guardrails/{i}", $"There is no metric {planned.Definition.Guardrails[i]}.");
            }
        }

        await (errors.Any
            ? ProblemWriter.WriteAsync(context, errors.ToProblem())
            : JsonResponse.WriteAsync(
                context,
                StatusCodes.Status200OK,
                await certificates.CertifyAsync(planned, context.RequestAborted),
                ApiJsonContext.Default.CertificateResult));
    }
}
