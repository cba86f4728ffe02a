using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Splitstream.Api.Http;
using Splitstream.Api.Json;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Problems;

/// <summary>Answers refusals and failures as problem details. Internal context goes to the log under the same trace id, never to the client.</summary>
internal sealed partial class ProblemWriter(IFaults faults, ILogger<ProblemWriter> logger)
{
    private const string MediaType = "application/problem+json";

    /// <summary>Answers a refusal.</summary>
    public static Task WriteAsync(HttpContext context, Problem problem)
    {
        int status = ProblemMap.Status(problem);
        var response = new ProblemResponse(
            ProblemMap.Type(problem.Code),
            ProblemMap.Title(problem.Code),
            status,
            problem.Detail,
            problem.Code.ToCode(),
            TraceId(context),
            GroupByPointer(problem));

        if (ProblemMap.MayRetry(problem.Code))
        {
            context.Response.Headers.RetryAfter = "1";
        }

        if (problem.Code == ErrorCode.Unauthenticated)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"splitstream\"";
        }

        if (context.Request.ContentLength > Limits.RequestBytes)
        {
            RequestBody.LeaveUnread(context);
        }

        return JsonResponse.WriteAsync(context, status, response, ApiJsonContext.Default.ProblemResponse, MediaType);
    }

    /// <summary>Answers what a handler threw. A client that has gone is no error and gets no answer.</summary>
    public Task WriteAsync(HttpContext context, Exception exception)
    {
        if (context.RequestAborted.IsCancellationRequested || exception is ConnectionResetException or ConnectionAbortedException)
        {
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }

            return Task.CompletedTask;
        }

        if (context.Response.HasStarted)
        {
            LogLate(logger, TraceId(context), exception);
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        switch (exception)
        {
            case BadHttpRequestException { StatusCode: (int)HttpStatusCode.RequestEntityTooLarge }:
                return WriteAsync(context, RequestBody.TooLarge);
            case BadHttpRequestException:
                return WriteAsync(context, new Problem(ErrorCode.MalformedRequest, "The request was cut off, too slow, or is not valid HTTP."));
            case var fault when faults.IsUnavailable(fault):
                LogUnavailable(logger, TraceId(context), exception.GetBaseException().Message);
                return WriteAsync(context, new Problem(ErrorCode.Unavailable, "The database, or the server that holds what was asked for, cannot be reached. Nothing is promised; try again."));
            default:
                LogFailure(logger, TraceId(context), exception);
                return WriteAsync(context, new Problem(ErrorCode.Internal, "The server failed. Its log has the cause under this trace id."));
        }
    }

    private static string TraceId(HttpContext context) => Activity.Current?.Id ?? context.TraceIdentifier;

    private static Dictionary<string, IReadOnlyList<string>>? GroupByPointer(Problem problem) =>
        problem.Errors.IsDefaultOrEmpty
            ? null
            : problem.Errors
                .GroupBy(error => error.Pointer, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, IReadOnlyList<string> (group) => [.. group.Select(error => error.Message)]);

    [LoggerMessage(LogLevel.Error, "Request {TraceId} failed")]
    private static partial void LogFailure(ILogger logger, string traceId, Exception exception);

    [LoggerMessage(LogLevel.Error, "Request {TraceId} failed after its answer had begun")]
    private static partial void LogLate(ILogger logger, string traceId, Exception exception);

    /// <summary>One line for each request: an outage is no time for stack traces by the thousand.</summary>
    [LoggerMessage(LogLevel.Warning, "Request {TraceId} met lost infrastructure: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string traceId, string reason);
}
