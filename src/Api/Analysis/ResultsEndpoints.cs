using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Orleans;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using ErrorCode = Splitstream.Grains.Interfaces.Errors.ErrorCode;

namespace Splitstream.Api.Analysis;

/// <summary>Results, snapshots, views and verification. Reading a snapshot's numbers is a view, and every view is logged.</summary>
internal sealed partial class ResultsEndpoints(ISnapshotStore store, IGrainFactory grains, TimeProvider time)
{
    private const string Tag = "Results";
    private const string ListName = "snapshots";
    private const string ViewsName = "views";
    private const ApiScopes Readers = ApiScopes.Read | ApiScopes.Manage;

    private static readonly Problem NoExperiment = new(ErrorCode.ExperimentNotFound, "There is no experiment of this key.");
    private static readonly Problem NotFound = new(ErrorCode.SnapshotNotFound, "There is no snapshot of this id.");

    public void Map(RouteTable routes)
    {
        routes.Map("GET", "/v1/experiments/{key}/results", Readers, ResultsAsync, "readResults", Tag, "The latest snapshot",
                refusals: [ErrorCode.ExperimentNotFound, ErrorCode.NoSnapshot, ErrorCode.IllegalTransition])
            .Says("Logs a view. An experiment without a snapshot gets its first one now, advisory like any taken by hand.")
            .Answers<ResultsResponse>();
        routes.Map("POST", "/v1/experiments/{key}/analyze", ApiScopes.Manage, AnalyzeAsync, "analyzeExperiment", Tag, "Take a snapshot now",
                refusals: [ErrorCode.ExperimentNotFound, ErrorCode.NoSnapshot, ErrorCode.IllegalTransition])
            .Says("Advisory: it cannot ship, and it is logged. For external assignment it is the look.")
            .Answers<SnapshotTakenResponse>();
        routes.Map("GET", "/v1/experiments/{key}/snapshots", Readers, (context, _) => ListAsync(context), "listSnapshots", Tag, "Snapshots, the newest first",
                isList: true, refusals: [ErrorCode.ExperimentNotFound])
            .Answers<SnapshotListResponse>();
        routes.Map("GET", "/v1/experiments/{key}/snapshots/{id}", Readers, GetAsync, "getSnapshot", Tag, "One snapshot", refusals: [ErrorCode.SnapshotNotFound])
            .Says("Logs a view.")
            .Answers<ResultsResponse>();
        routes.Map("POST", "/v1/experiments/{key}/snapshots/{id}/verify", Readers, (context, _) => VerifyAsync(context), "verifySnapshot", Tag, "Compute a snapshot again",
                refusals: [ErrorCode.SnapshotNotFound])
            .Says("From its stored sums, and its sums from raw rows. Writes nothing.")
            .Answers<VerifyResponse>();
        routes.Map("GET", "/v1/experiments/{key}/views", Readers, (context, _) => ViewsAsync(context), "listViews", Tag, "Who read snapshots, the oldest view first",
                isList: true, refusals: [ErrorCode.ExperimentNotFound])
            .Answers<ViewListResponse>();
        routes.Map("GET", "/v1/snapshots/{id}", Readers, (context, _) => LocateAsync(context), "locateSnapshot", Tag, "To which experiment a snapshot belongs",
                refusals: [ErrorCode.SnapshotNotFound])
            .Answers<SnapshotLocationResponse>();
    }

    private async Task ResultsAsync(HttpContext context, ApiKey? caller)
    {
        string key = RouteValue(context, "key");
        if (!JsonInput.IsKey(key))
        {
            await ProblemWriter.WriteAsync(context, NoExperiment);
            return;
        }

        SnapshotView? snapshot = await store.LatestAsync(key, context.RequestAborted);
        if (snapshot is null)
        {
            Outcome<SnapshotReference> taken = await grains.GetGrain<IAnalysisGrain>(key).AnalyzeAsync(new Actor(caller!.Name));
            if (!taken.IsOk)
            {
                await ProblemWriter.WriteAsync(context, taken.Problem);
                return;
            }

            snapshot = await store.GetAsync(taken.Value.SnapshotId, context.RequestAborted);
        }

        await AnswerAsync(context, snapshot, caller!);
    }

    private async Task GetAsync(HttpContext context, ApiKey? caller) => await AnswerAsync(context, await FindAsync(context), caller!);

    private async Task AnswerAsync(HttpContext context, SnapshotView? snapshot, ApiKey viewer)
    {
        if (snapshot is null)
        {
            await ProblemWriter.WriteAsync(context, NotFound);
            return;
        }

        long views = await store.LogViewAsync(snapshot.Summary.SnapshotId, viewer.Name, time.GetUtcNow(), context.RequestAborted);
        await JsonResponse.WriteAsync(
            context, StatusCodes.Status200OK, (snapshot.Body, views), static (writer, state) => ResultsWriter.Write(writer, state.Body, state.views));
    }

    private async Task AnalyzeAsync(HttpContext context, ApiKey? caller)
    {
        string key = RouteValue(context, "key");
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time, allowEmpty: true);
        read.Value?.Dispose();
        if (!read.IsOk || !JsonInput.IsKey(key))
        {
            await ProblemWriter.WriteAsync(context, read.Problem ?? NoExperiment);
            return;
        }

        Outcome<SnapshotReference> taken = await grains.GetGrain<IAnalysisGrain>(key).AnalyzeAsync(new Actor(caller!.Name));
        await (taken.IsOk
            ? JsonResponse.WriteAsync(
                context,
                StatusCodes.Status200OK,
                new SnapshotTakenResponse(key, taken.Value.SnapshotId, taken.Value.LookNumber),
                ApiJsonContext.Default.SnapshotTakenResponse)
            : ProblemWriter.WriteAsync(context, taken.Problem));
    }

    private async Task ListAsync(HttpContext context)
    {
        string key = RouteValue(context, "key");
        Outcome<PageRequest> page = PageRequest.Read(context.Request, $"{ListName}:{key}", IsId);
        Problem? refusal = page.Problem ?? await AbsentAsync(key);
        if (refusal is not null)
        {
            await ProblemWriter.WriteAsync(context, refusal);
            return;
        }

        int limit = page.Value!.Limit;
        IReadOnlyList<SnapshotSummary> snapshots = await store.ListAsync(key, limit + 1, page.Value.After, context.RequestAborted);
        var answer = new SnapshotListResponse(
            [.. snapshots.Take(limit).Select(SnapshotSummaryResponse.From)],
            snapshots.Count > limit ? Cursor.Encode($"{ListName}:{key}", snapshots[limit - 1].SnapshotId) : null);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJsonContext.Default.SnapshotListResponse);
    }

    private async Task ViewsAsync(HttpContext context)
    {
        string key = RouteValue(context, "key");
        Outcome<PageRequest> page = PageRequest.Read(context.Request, $"{ViewsName}:{key}", PageRequest.IsNumber);
        Problem? refusal = page.Problem ?? await AbsentAsync(key);
        if (refusal is not null)
        {
            await ProblemWriter.WriteAsync(context, refusal);
            return;
        }

        int limit = page.Value!.Limit;
        IReadOnlyList<SnapshotViewing> views = await store.ViewsAsync(key, limit + 1, page.Value.AfterNumber, context.RequestAborted);
        var answer = new ViewListResponse(
            [.. views.Take(limit).Select(view => new ViewResponse(view.SnapshotId, view.Viewer, view.At.UtcDateTime))],
            views.Count > limit ? Cursor.Encode($"{ViewsName}:{key}", views[limit - 1].Sequence) : null);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJsonContext.Default.ViewListResponse);
    }

    private async Task VerifyAsync(HttpContext context)
    {
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time, allowEmpty: true);
        read.Value?.Dispose();
        SnapshotView? snapshot = read.IsOk ? await FindAsync(context) : null;
        if (snapshot is null)
        {
            await ProblemWriter.WriteAsync(context, read.Problem ?? NotFound);
            return;
        }

        Outcome<VerifyResult> outcome = await store.VerifyAsync(snapshot.Summary.SnapshotId, context.RequestAborted);
        await (outcome.IsOk
            ? JsonResponse.WriteAsync(
                context,
                StatusCodes.Status200OK,
                new VerifyResponse(outcome.Value.Engine, outcome.Value.Data, outcome.Value.Metric),
                ApiJsonContext.Default.VerifyResponse)
            : ProblemWriter.WriteAsync(context, outcome.Problem));
    }

    private async Task LocateAsync(HttpContext context)
    {
        string id = RouteValue(context, "id");
        SnapshotView? snapshot = IsId(id) ? await store.GetAsync(id, context.RequestAborted) : null;
        await (snapshot is null
            ? ProblemWriter.WriteAsync(context, NotFound)
            : JsonResponse.WriteAsync(
                context,
                StatusCodes.Status200OK,
                new SnapshotLocationResponse(snapshot.Summary.Experiment, snapshot.Summary.SnapshotId),
                ApiJsonContext.Default.SnapshotLocationResponse));
    }

    /// <summary>The snapshot of the path; null when there is none or it is another experiment's.</summary>
    private async Task<SnapshotView?> FindAsync(HttpContext context)
    {
        string id = RouteValue(context, "id");
        SnapshotView? snapshot = IsId(id) ? await store.GetAsync(id, context.RequestAborted) : null;
        return snapshot?.Summary.Experiment == RouteValue(context, "key") ? snapshot : null;
    }

    private async Task<Problem?> AbsentAsync(string key) =>
        JsonInput.IsKey(key) ? (await grains.GetGrain<IExperimentGrain>(key).GetAsync()).Problem : NoExperiment;

    private static string RouteValue(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private static bool IsId(string text) => IdRegex().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdRegex();
}
