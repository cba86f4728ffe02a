using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Splitstream.Api.Analysis;
using Splitstream.Api.ApiKeys;
using Splitstream.Api.Assignments;
using Splitstream.Api.Audit;
using Splitstream.Api.Calibration;
using Splitstream.Api.Auth;
using Splitstream.Api.Contract;
using Splitstream.Api.Events;
using Splitstream.Api.Experiments;
using Splitstream.Api.Health;
using Splitstream.Api.Json;
using Splitstream.Api.Metrics;
using Splitstream.Api.MutexGroups;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Api.Telemetry;
using Splitstream.Api.Units;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Catalog;

namespace Splitstream.Api;

/// <summary>
/// The HTTP API as a host adds it. The host registers the ports as singletons: <c>IAssigner</c>, <c>IUnitDirectory</c>,
/// <c>IEventBuffer</c>, <c>IIngestLedger</c>, <c>IExperimentReader</c>, <c>IMetricStore</c>, <c>IMutexGroupStore</c>, <c>IApiKeyRing</c>,
/// <c>IApiKeyStore</c>, <c>IAuditLog</c>, <c>ISnapshotStore</c>, <c>IUnitExport</c>, <c>IReadiness</c>, <c>IFreshness</c>, <c>IFaults</c> and <c>IGrainFactory</c>.
/// </summary>
public static class SplitstreamApi
{
    /// <summary>Registers what the endpoints need beside the ports.</summary>
    public static IServiceCollection AddSplitstreamApi(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ProblemWriter>();
        services.AddSingleton<GuessLimiter>();
        services.AddSingleton<KeyGate>();
        services.AddSingleton(provider =>
            new AdminInBrowser(provider.GetRequiredService<KeyGate>(), provider.GetRequiredService<IFreshness>()));
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton<AssignEndpoints>();
        services.AddSingleton<UnitEndpoints>();
        services.AddSingleton<IngestEndpoints>();
        services.AddSingleton<ExperimentEndpoints>();
        services.AddSingleton<ResultsEndpoints>();
        services.AddSingleton<UnitExportEndpoint>();
        services.AddSingleton<CalibrationEndpoints>();
        services.AddSingleton<PowerEndpoints>();
        services.AddSingleton<MetricEndpoints>();
        services.AddSingleton<MutexGroupEndpoints>();
        services.AddSingleton<ApiKeyEndpoints>();
        services.AddSingleton<AuditEndpoints>();
        services.AddSingleton<HealthEndpoints>();

        // The generator of the contract reads shapes from these options; the endpoints use the generated serializers themselves.
        services.Configure<JsonOptions>(options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJsonContext.Default);
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(ContractDocument.Name, ContractDocument.Configure);
        return services;
    }

    /// <summary>
    /// Maps every endpoint, the published contract, and an answer for whatever else is asked. Call it last: it takes all paths that are
    /// left.
    /// </summary>
    public static IEndpointRouteBuilder MapSplitstreamApi(this IEndpointRouteBuilder endpoints)
    {
        IServiceProvider provider = endpoints.ServiceProvider;
        var services = new RouteServices(
            provider.GetRequiredService<KeyGate>(),
            provider.GetRequiredService<IApiKeyRing>(),
            provider.GetRequiredService<IFreshness>(),
            provider.GetRequiredService<ProblemWriter>(),
            provider.GetRequiredService<TimeProvider>());
        var routes = new RouteTable(endpoints, services);
        provider.GetRequiredService<AssignEndpoints>().Map(routes);
        provider.GetRequiredService<UnitEndpoints>().Map(routes);
        provider.GetRequiredService<IngestEndpoints>().Map(routes);
        provider.GetRequiredService<ExperimentEndpoints>().Map(routes);
        provider.GetRequiredService<ResultsEndpoints>().Map(routes);
        provider.GetRequiredService<UnitExportEndpoint>().Map(routes);
        provider.GetRequiredService<CalibrationEndpoints>().Map(routes);
        provider.GetRequiredService<PowerEndpoints>().Map(routes);
        provider.GetRequiredService<MetricEndpoints>().Map(routes);
        provider.GetRequiredService<MutexGroupEndpoints>().Map(routes);
        provider.GetRequiredService<ApiKeyEndpoints>().Map(routes);
        provider.GetRequiredService<AuditEndpoints>().Map(routes);
        provider.GetRequiredService<HealthEndpoints>().Map(routes);
        // A name in the path would make every other name an answer of the framework's own.
        endpoints.MapOpenApi($"/openapi/{ContractDocument.Name}.json").ExcludeFromDescription();
        routes.Close();
        return endpoints;
    }
}
