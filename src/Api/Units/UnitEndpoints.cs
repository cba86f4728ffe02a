using System.Collections.Frozen;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Assignments;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Units;

namespace Splitstream.Api.Units;

/// <summary>What is committed about a unit, why, and its undoing. Ids travel in bodies; plain ones may travel in paths too.</summary>
internal sealed partial class UnitEndpoints(IUnitDirectory directory, IAssigner assigner, TimeProvider time)
{
    private const string Tag = "Units";

    private static readonly FrozenSet<string> RebucketFields = KnownFields.Of(ApiJsonContext.Default.RebucketRequest);
    private static readonly FrozenSet<string> ExplainFields = KnownFields.Of(ApiJsonContext.Default.ExplainRequest);
    private static readonly Problem NoExperiment = new(ErrorCode.ExperimentNotFound, "There is no experiment of this key.");
    private static readonly Problem NotInPath =
        new(ErrorCode.NotFound, "Only unit ids of letters, digits and . _ ~ - travel in paths; POST /v1/units/lookup takes any.");

    public void Map(RouteTable routes)
    {
        routes.Map("POST", "/v1/units/lookup", ApiScopes.Assign, (context, _) => LookupAsync(context), "lookupUnit", Tag, "Committed rows of a unit", RouteAccess.Clients)
            .Takes<UnitLookupRequest>()
            .Answers<UnitLookupResponse>();
        routes.Map("POST", "/v1/units/rebucket", ApiScopes.Manage, RebucketAsync, "rebucketUnit", Tag, "Delete a unit's row, so that it is decided anew",
                refusals: [ErrorCode.ExperimentNotFound, ErrorCode.AssignmentNotFound, ErrorCode.IllegalTransition])
            .Says("Its exposures no longer count, its mutex claim stays, and the audit says so. Answers when every server knows.")
            .Takes<RebucketRequest>()
            .Answers<RebucketResponse>();
        routes.Map("POST", "/v1/units/explain", ApiScopes.Read | ApiScopes.Manage, (context, _) => ExplainAsync(context), "explainUnit", Tag, "Why a unit gets what it gets",
                refusals: [ErrorCode.ExperimentNotFound])
            .Says("The decision step by step with the inputs of each; writes nothing.")
            .Takes<ExplainRequest>()
            .Answers<ExplainResponse>();
        routes.Map("GET", "/v1/assignments/{unitId}", ApiScopes.Assign, (context, _) => LookupByPathAsync(context), "listAssignments", Tag, "Committed rows of a unit, by path",
                RouteAccess.Clients, refusals: [ErrorCode.NotFound])
            .Says("For unit ids of letters, digits and . _ ~ - only.")
            .Answers<UnitLookupResponse>();
        routes.Map("DELETE", "/v1/assignments/{experiment}/{unitId}", ApiScopes.Manage, RebucketByPathAsync, "deleteAssignment", Tag, "Delete a unit's row, by path",
                refusals: [ErrorCode.NotFound, ErrorCode.ExperimentNotFound, ErrorCode.AssignmentNotFound, ErrorCode.IllegalTransition])
            .Says("For unit ids of letters, digits and . _ ~ - only.")
            .Answers(StatusCodes.Status204NoContent);
    }

    private async Task LookupAsync(HttpContext context)
    {
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        using JsonDocument document = read.Value;
        var errors = new InputErrors();
        (string Sent, UnitId Unit)? id = JsonInput.Of(document.RootElement, "", errors, known: null) is { } input ? UnitInput.Unit(input) : null;
        await (id is { } unit ? AnswerLookupAsync(context, unit.Sent, unit.Unit) : ProblemWriter.WriteAsync(context, errors.ToProblem()));
    }

    private Task LookupByPathAsync(HttpContext context) =>
        PathUnit(context) is { } unit ? AnswerLookupAsync(context, unit.Value, unit) : ProblemWriter.WriteAsync(context, NotInPath);

    private async Task AnswerLookupAsync(HttpContext context, string sent, UnitId unit)
    {
        IReadOnlyList<UnitRow> rows = await directory.LookupAsync(unit, context.RequestAborted);
        var answer = new UnitLookupResponse(sent, [.. rows.Select(row => new UnitRowResponse(row.Experiment, row.Variant, row.AssignedAt.UtcDateTime))]);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJsonContext.Default.UnitLookupResponse);
    }

    private async Task RebucketAsync(HttpContext context, ApiKey? key)
    {
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        using JsonDocument document = read.Value;
        var errors = new InputErrors();
        var input = JsonInput.Of(document.RootElement, "", errors, RebucketFields);
        (string Sent, UnitId Unit)? id = input is { } body ? UnitInput.Unit(body) : null;
        string? experiment = input?.Key("experiment", required: true);
        if (id is null || experiment is null || errors.Any)
        {
            await ProblemWriter.WriteAsync(context, errors.ToProblem());
            return;
        }

        Outcome<RebucketResult> outcome = await directory.RebucketAsync(id.Value.Unit, experiment, new Actor(key!.Name), context.RequestAborted);
        await (outcome.IsOk
            ? JsonResponse.WriteAsync(
                context,
                StatusCodes.Status200OK,
                new RebucketResponse(outcome.Value.Previous, outcome.Value.Superseded),
                ApiJsonContext.Default.RebucketResponse)
            : ProblemWriter.WriteAsync(context, outcome.Problem));
    }

    private async Task RebucketByPathAsync(HttpContext context, ApiKey? key)
    {
        string experiment = (string)context.Request.RouteValues["experiment"]!;
        if (PathUnit(context) is not { } unit)
        {
            await ProblemWriter.WriteAsync(context, NotInPath);
            return;
        }

        if (!JsonInput.IsKey(experiment))
        {
            await ProblemWriter.WriteAsync(context, NoExperiment);
            return;
        }

        Outcome<RebucketResult> outcome = await directory.RebucketAsync(unit, experiment, new Actor(key!.Name), context.RequestAborted);
        if (!outcome.IsOk)
        {
            await ProblemWriter.WriteAsync(context, outcome.Problem);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task ExplainAsync(HttpContext context)
    {
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        using JsonDocument document = read.Value;
        var errors = new InputErrors();
        var input = JsonInput.Of(document.RootElement, "", errors, ExplainFields);
        (string Sent, UnitId Unit)? id = input is { } body ? UnitInput.Unit(body) : null;
        string? experiment = input?.Key("experiment", required: true);
        AttributeSet attributes = input is { } given ? UnitInput.Attributes(given) : AttributeSet.Empty;
        if (id is null || experiment is null || errors.Any)
        {
            await ProblemWriter.WriteAsync(context, errors.ToProblem());
            return;
        }

        Explanation? explanation = await assigner.ExplainAsync(id.Value.Unit, experiment, attributes, context.RequestAborted);
        await (explanation is null
            ? ProblemWriter.WriteAsync(context, NoExperiment)
            : JsonResponse.WriteAsync(context, StatusCodes.Status200OK, ToResponse(id.Value.Sent, explanation), ApiJsonContext.Default.ExplainResponse));
    }

    private static ExplainResponse ToResponse(string sentUnitId, Explanation explanation)
    {
        UnitAssignment assignment = explanation.Assignment;
        return new ExplainResponse(
            sentUnitId,
            assignment.Experiment,
            assignment.Variant,
            assignment.Reason.ToCode(),
            new RawJson(assignment.PayloadJson),
            assignment.AssignedAt?.UtcDateTime,
            [.. explanation.Steps.Select(step => new ExplainStepResponse(step.Reason.ToCode(), step.Applied, step.Detail))]);
    }

    /// <summary>The unit of the path; null for ids that paths cannot carry unchanged.</summary>
    private static UnitId? PathUnit(HttpContext context)
    {
        string text = (string)context.Request.RouteValues["unitId"]!;
        return PathIdRegex().IsMatch(text) && UnitId.TryCreate(text, out UnitId unit, out _) ? unit : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._~-]{1,512}\z", RegexOptions.CultureInvariant)]
    private static partial Regex PathIdRegex();
}
