using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Splitstream.Api.Input;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.Analysis;

/// <summary>Every unit of an experiment with its values, streamed.</summary>
internal sealed class UnitExportEndpoint(IUnitExport export, TimeProvider time)
{
    private const string MediaType = "text/csv";

    private static readonly Problem NoExperiment = new(ErrorCode.ExperimentNotFound, "There is no experiment of this key.");

    public void Map(RouteTable routes) =>
        routes.Map("GET", "/v1/experiments/{key}/units.csv", ApiScopes.Read, ExportAsync, "exportUnits", "Results", "Every unit with its values",
                refusals: [ErrorCode.ExperimentNotFound])
            .Says(
                "CSV: unitId, variant, epoch, firstExposure, excluded, then each metric's value. Excluded units have a reason and no values; an " +
                "empty value is missing. As of the last aggregation, in no order. Logged in the audit of the experiment.")
            .Answers<string>(StatusCodes.Status200OK, MediaType);

    private async Task ExportAsync(HttpContext context, ApiKey? caller)
    {
        string key = context.Request.RouteValues["key"] as string ?? "";
        bool isFound = JsonInput.IsKey(key)
            && await export.WriteAsync(key, new Actor(caller!.Name), time.GetUtcNow(), () => Begin(context), context.RequestAborted);
        if (!isFound)
        {
            await ProblemWriter.WriteAsync(context, NoExperiment);
        }
    }

    private static Stream Begin(HttpContext context)
    {
        context.Response.ContentType = MediaType + "; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"units.csv\"";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return context.Response.Body;
    }
}
