using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Errors;

namespace Splitstream.Api.Assignments;

/// <summary>The hot path: variants for one unit or many.</summary>
internal sealed class AssignEndpoints(IAssigner assigner, TimeProvider time)
{
    private const string Tag = "Units";

    public void Map(RouteTable routes)
    {
        routes.Map("POST", "/v1/assign", ApiScopes.Assign, (context, _) => AssignAsync(context), "assign", Tag, "Variants of one unit", RouteAccess.Clients)
            .Says("Commits what is new before it answers. Unknown experiments come back with the reason experiment_not_found.")
            .Takes<AssignRequest>()
            .Answers<AssignResponse>();
        routes.Map("POST", "/v1/assign/batch", ApiScopes.Assign, (context, _) => AssignBatchAsync(context), "assignBatch", Tag, "Variants of many units", RouteAccess.Clients)
            .Says("Up to 1,000 units. All units are checked before the first is assigned.")
            .Takes<AssignBatchRequest>()
            .Answers<AssignBatchResponse>();
    }

    private async Task AssignAsync(HttpContext context)
    {
        Outcome<BodyBytes> read = await RequestBody.ReadAsync(context, time);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        Problem? problem;
        AssignCall call;
        if (ContentTypes.IsJson(context.Request.ContentType))
        {
            problem = AssignParser.TryParse(read.Value.Sequence, out call);
        }
        else
        {
            (problem, call) = (ContentTypes.Unsupported, default);
        }

        context.Request.BodyReader.AdvanceTo(read.Value.Sequence.End);
        if (problem is not null)
        {
            await ProblemWriter.WriteAsync(context, problem);
            return;
        }

        ImmutableArray<UnitAssignment> assignments =
            await assigner.AssignAsync(call.Unit, call.Experiments, call.Attributes, call.DryRun, context.RequestAborted);
        await JsonResponse.WriteAsync(
            context,
            StatusCodes.Status200OK,
            (call.SentUnitId, assignments),
            static (writer, answer) => AssignWriter.Write(writer, answer.SentUnitId, answer.assignments));
    }

    private async Task AssignBatchAsync(HttpContext context)
    {
        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        using JsonDocument document = read.Value;
        var errors = new InputErrors();
        var (calls, experiments, dryRun) = ReadBatch(document.RootElement, errors);
        if (errors.Any)
        {
            await ProblemWriter.WriteAsync(context, errors.ToProblem());
            return;
        }

        // All begin before the first is awaited, so that their claims share commits.
        var pending = new Task<ImmutableArray<UnitAssignment>>[calls.Count];
        for (int i = 0; i < pending.Length; i++)
        {
            pending[i] = assigner.AssignAsync(calls[i].Unit, experiments, calls[i].Attributes, dryRun, context.RequestAborted).AsTask();
        }

        ImmutableArray<UnitAssignment>[] answers = await Task.WhenAll(pending);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, (calls, answers), static (writer, state) =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("units");
            for (int i = 0; i < state.answers.Length; i++)
            {
                AssignWriter.Write(writer, state.calls[i].SentUnitId, state.answers[i]);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static (List<AssignCall> Calls, List<string>? Experiments, bool DryRun) ReadBatch(JsonElement body, InputErrors errors)
    {
        var calls = new List<AssignCall>();
        if (JsonInput.Of(body, "", errors, known: null) is not { } input)
        {
            return (calls, null, false);
        }

        List<string>? experiments = UnitInput.Experiments(input);
        bool dryRun = input.Flag("dryRun") ?? false;
        if (input.List("units", 1, Limits.UnitsPerBatch, required: true) is not { } units)
        {
            return (calls, null, false);
        }

        int index = 0;
        foreach (JsonElement item in units.EnumerateArray())
        {
            if (JsonInput.Of(item, $"/units/{index++}", errors, known: null) is { } unit && UnitInput.Unit(unit) is { } id)
            {
                calls.Add(new AssignCall(id.Sent, id.Unit, null, UnitInput.Attributes(unit), false));
            }
        }

        return (calls, experiments, dryRun);
    }
}
