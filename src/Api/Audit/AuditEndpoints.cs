using Microsoft.AspNetCore.Http;
using Orleans;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Audit;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using ErrorCode = Splitstream.Grains.Interfaces.Errors.ErrorCode;

namespace Splitstream.Api.Audit;

/// <summary>Reads the audit: of one experiment, or everything.</summary>
internal sealed class AuditEndpoints(IAuditLog log, IGrainFactory grains)
{
    private const string Tag = "Audit";
    private const string ListName = "audit";

    /// <summary>Before the key of an experiment in the name of its chain.</summary>
    private const string ChainPrefix = "experiment:";

    public void Map(RouteTable routes)
    {
        routes.Map("GET", "/v1/experiments/{key}/audit", ApiScopes.Read | ApiScopes.Manage, (context, _) => ReadChainAsync(context), "readExperimentAudit", Tag,
                "Audit of one experiment, the oldest entry first", isList: true, refusals: [ErrorCode.ExperimentNotFound])
            .Answers<AuditListResponse>();
        routes.Map("GET", "/v1/audit", ApiScopes.Admin, (context, _) => ReadAllAsync(context), "readAudit", Tag, "The whole audit, the oldest entry first", isList: true)
            .Answers<AuditListResponse>();
    }

    private async Task ReadChainAsync(HttpContext context)
    {
        string key = (string)context.Request.RouteValues["key"]!;
        Outcome<PageRequest> page = PageRequest.Read(context.Request, $"{ListName}:{key}", PageRequest.IsNumber);
        if (!page.IsOk)
        {
            await ProblemWriter.WriteAsync(context, page.Problem);
            return;
        }

        Problem? absent = JsonInput.IsKey(key)
            ? (await grains.GetGrain<IExperimentGrain>(key).GetAsync()).Problem
            : new Problem(ErrorCode.ExperimentNotFound, "There is no experiment of this key.");
        if (absent is not null)
        {
            await ProblemWriter.WriteAsync(context, absent);
            return;
        }

        int limit = page.Value.Limit;
        IReadOnlyList<AuditEntry> entries = await log.ReadAsync(ChainPrefix + key, page.Value.AfterNumber, limit + 1, context.RequestAborted);
        await AnswerAsync(context, entries, limit, entries.Count > limit ? Cursor.Encode($"{ListName}:{key}", entries[limit - 1].Sequence) : null);
    }

    private async Task ReadAllAsync(HttpContext context)
    {
        Outcome<PageRequest> page = PageRequest.Read(context.Request, ListName, PageRequest.IsNumber);
        if (!page.IsOk)
        {
            await ProblemWriter.WriteAsync(context, page.Problem);
            return;
        }

        int limit = page.Value.Limit;
        IReadOnlyList<(long Position, AuditEntry Entry)> entries = await log.ReadAllAsync(page.Value.AfterNumber, limit + 1, context.RequestAborted);
        string? next = entries.Count > limit ? Cursor.Encode(ListName, entries[limit - 1].Position) : null;
        await AnswerAsync(context, entries.Select(entry => entry.Entry), limit, next);
    }

    private static Task AnswerAsync(HttpContext context, IEnumerable<AuditEntry> entries, int limit, string? next)
    {
        var answer = new AuditListResponse([.. entries.Take(limit).Select(AuditEntryResponse.From)], next);
        return JsonResponse.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJsonContext.Default.AuditListResponse);
    }
}
