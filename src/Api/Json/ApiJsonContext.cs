using System.Text.Json.Serialization;
using Splitstream.Api.Analysis;
using Splitstream.Api.ApiKeys;
using Splitstream.Api.Assignments;
using Splitstream.Api.Audit;
using Splitstream.Api.Calibration;
using Splitstream.Api.Events;
using Splitstream.Api.Experiments;
using Splitstream.Api.Health;
using Splitstream.Api.Metrics;
using Splitstream.Api.MutexGroups;
using Splitstream.Api.Problems;
using Splitstream.Api.Units;
using Splitstream.Grains.Interfaces.Analysis;

namespace Splitstream.Api.Json;

/// <summary>Generated serializers of everything this API answers, and the shapes of everything it takes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false)]
[JsonSerializable(typeof(ApiKeyListResponse))]
[JsonSerializable(typeof(AssignBatchRequest))]
[JsonSerializable(typeof(AssignBatchResponse))]
[JsonSerializable(typeof(AssignRequest))]
[JsonSerializable(typeof(AuditListResponse))]
[JsonSerializable(typeof(CalibrateRequest))]
[JsonSerializable(typeof(CertificateResult))]
[JsonSerializable(typeof(CreateApiKeyRequest))]
[JsonSerializable(typeof(CreatedApiKeyResponse))]
[JsonSerializable(typeof(CreateExperimentRequest))]
[JsonSerializable(typeof(CreateMetricRequest))]
[JsonSerializable(typeof(CreateMutexGroupRequest))]
[JsonSerializable(typeof(EditExperimentRequest))]
[JsonSerializable(typeof(EventsRequest))]
[JsonSerializable(typeof(ExperimentListResponse))]
[JsonSerializable(typeof(ExplainRequest))]
[JsonSerializable(typeof(ExplainResponse))]
[JsonSerializable(typeof(ExposuresRequest))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(IngestResponse))]
[JsonSerializable(typeof(LedgerResponse))]
[JsonSerializable(typeof(MetricListResponse))]
[JsonSerializable(typeof(MutexGroupListResponse))]
[JsonSerializable(typeof(PeekingAuditResult))]
[JsonSerializable(typeof(PowerPlanResult))]
[JsonSerializable(typeof(PowerRequest))]
[JsonSerializable(typeof(ProblemResponse))]
[JsonSerializable(typeof(RebucketRequest))]
[JsonSerializable(typeof(RebucketResponse))]
[JsonSerializable(typeof(ResultsResponse))]
[JsonSerializable(typeof(SnapshotListResponse))]
[JsonSerializable(typeof(SnapshotLocationResponse))]
[JsonSerializable(typeof(SnapshotTakenResponse))]
[JsonSerializable(typeof(StopRequest))]
[JsonSerializable(typeof(UnitLookupRequest))]
[JsonSerializable(typeof(UnitLookupResponse))]
[JsonSerializable(typeof(VerifyResponse))]
[JsonSerializable(typeof(ViewListResponse))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
