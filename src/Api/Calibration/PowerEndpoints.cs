using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Calibration;

/// <summary>How many units an effect takes, and which effect some days find.</summary>
internal sealed class PowerEndpoints(IPowerPlanner planner, TimeProvider time)
{
    public void Map(RouteTable routes) =>
        routes.Map("POST", "/v1/power", ApiScopes.Read | ApiScopes.Manage, (context, _) => PlanAsync(context), "power", "Planning",
                "Sizes, durations and detectable effects of each decision method", isIdempotent: true)
            .Says("Fixed horizons are calculated by formula, alpha spending by its boundaries, the others by simulation. Takes seconds.")
            .Takes<PowerRequest>()
            .Answers<PowerPlanResult>();

    private async Task PlanAsync(HttpContext context)
    {
        if (await RequestInput.ReadAsync(context, time, PowerInput.Read) is { } planned)
        {
            await (await planner.PlanAsync(planned, context.RequestAborted) is { } plan
                ? JsonResponse.WriteAsync(context, StatusCodes.Status200OK, plan, ApiJsonContext.Default.PowerPlanResult)
                : ProblemWriter.WriteAsync(
                    context, new Problem(ErrorCode.ValidationFailed, "The plan is too large: too many looks, or units, to be worked out.")));
        }
    }
}
