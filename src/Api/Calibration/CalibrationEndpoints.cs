using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Calibration;

/// <summary>Certificates of experiments before they start.</summary>
internal sealed class CalibrationEndpoints(ICertificates certificates, IMetricStore metrics, TimeProvider time)
{
    private const ApiScopes Planners = ApiScopes.Read | ApiScopes.Manage;

    public void Map(RouteTable routes) =>
        routes.Map("POST", "/v1/calibrate", Planners, (context, _) => CalibrateAsync(context), "calibrate", "Planning", "Certificate of a planned experiment",
                isIdempotent: true)
            .Says("Simulates the whole rule. Takes seconds, up to a minute for fine cadences and many variants; cached by its inputs.")
            .Takes<CalibrateRequest>()
            .Answers<CertificateResult>();

    private async Task CalibrateAsync(HttpContext context)
    {
        if (await RequestInput.ReadAsync(context, time, CalibrateInput.Read) is not { } planned)
        {
            return;
        }

        var errors = new InputErrors();
        if (planned.Metric is null && planned.Definition.PrimaryMetric is { } primary && await metrics.FindAsync(primary, context.RequestAborted) is null)
        {
            errors.Add("/primaryMetric", $"There is no metric {primary}.");
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
