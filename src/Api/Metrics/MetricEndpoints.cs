using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Api.Metrics;

/// <summary>The catalogue of metrics.</summary>
internal sealed class MetricEndpoints(IMetricStore store, TimeProvider time)
{
    private const string Tag = "Metrics";
    private const ApiScopes Readers = ApiScopes.Read | ApiScopes.Manage;

    private static readonly ListPage<MetricDefinition, MetricListResponse> Page = new(
        "metrics",
        JsonInput.IsKey,
        metric => metric.Key,
        (metrics, next) => new MetricListResponse([.. metrics.Select(MetricResponse.From)], next),
        ApiJsonContext.Default.MetricListResponse);

    private static readonly Problem NotFound = new(ErrorCode.MetricNotFound, "There is no metric of this key.");

    public void Map(RouteTable routes)
    {
        routes.Map("GET", "/v1/metrics", Readers, (context, _) => Page.WriteAsync(context, store.ListAsync), "listMetrics", Tag, "Metrics by key", isList: true)
            .Answers<MetricListResponse>();
        routes.Map("POST", "/v1/metrics", ApiScopes.Manage, CreateAsync, "createMetric", Tag, "Define a metric", refusals: [ErrorCode.MetricAlreadyExists])
            .Takes<CreateMetricRequest>()
            .Answers<MetricResponse>(StatusCodes.Status201Created);
        routes.Map("GET", "/v1/metrics/{key}", Readers, (context, _) => GetAsync(context), "getMetric", Tag, "One metric", refusals: [ErrorCode.MetricNotFound])
            .Answers<MetricResponse>();
    }

    private async Task CreateAsync(HttpContext context, ApiKey? key)
    {
        if (await RequestInput.ReadAsync(context, time, MetricInput.ReadNew) is not { } metric)
        {
            return;
        }

        Outcome<MetricDefinition> outcome = await store.CreateAsync(metric, new Actor(key!.Name), context.RequestAborted);
        if (!outcome.IsOk)
        {
            await ProblemWriter.WriteAsync(context, outcome.Problem);
            return;
        }

        context.Response.Headers.Location = "/v1/metrics/" + Uri.EscapeDataString(metric.Key);
        await JsonResponse.WriteAsync(context, StatusCodes.Status201Created, MetricResponse.From(outcome.Value), ApiJsonContext.Default.MetricResponse);
    }

    private async Task GetAsync(HttpContext context)
    {
        string key = (string)context.Request.RouteValues["key"]!;
        MetricDefinition? metric = JsonInput.IsKey(key) ? await store.FindAsync(key, context.RequestAborted) : null;
        await (metric is null
            ? ProblemWriter.WriteAsync(context, NotFound)
            : JsonResponse.WriteAsync(context, StatusCodes.Status200OK, MetricResponse.From(metric), ApiJsonContext.Default.MetricResponse));
    }
}
