namespace Splitstream.Api.Health;

/// <summary>Whether the process lives, or can do its work.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c>, <c>degraded</c> (known units are answered, nothing else) or <c>not_ready</c>.</param>
public sealed record HealthResponse(string Status, IReadOnlyList<HealthCheckResponse> Checks);

/// <summary>One check.</summary>
public sealed record HealthCheckResponse(string Name, bool Ok, string? Detail);
