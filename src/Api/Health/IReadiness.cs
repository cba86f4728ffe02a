using System.Collections.Immutable;

namespace Splitstream.Api.Health;

/// <summary>Whether this process can do its work: database reachable, migrations applied, catalog loaded.</summary>
public interface IReadiness
{
    Task<ReadinessReport> CheckAsync(CancellationToken cancellation);
}

/// <summary>What was found, check by check.</summary>
/// <param name="AnswersKnownUnits">
/// Whether units that this process remembers are answered although a check failed; then it had better be asked than taken out.
/// </param>
public sealed record ReadinessReport(ImmutableArray<ReadinessCheck> Checks, bool AnswersKnownUnits = false)
{
    /// <summary>True when every check passed; true without any.</summary>
    public bool IsReady => Checks.All(check => check.IsOk);
}

/// <param name="Name">E.g. <c>database</c>.</param>
/// <param name="Detail">One sentence without secrets: the answer is public.</param>
public sealed record ReadinessCheck(string Name, bool IsOk, string? Detail);
