using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Orleans;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using ErrorCode = Splitstream.Grains.Interfaces.Errors.ErrorCode;

namespace Splitstream.Api.Experiments;

/// <summary>Experiments and their lifecycle.</summary>
internal sealed class ExperimentEndpoints(IGrainFactory grains, IExperimentReader reader, TimeProvider time)
{
    private const string Tag = "Experiments";
    private const ApiScopes Readers = ApiScopes.Read | ApiScopes.Manage;

    private static readonly FrozenSet<string> StopFields = KnownFields.Of(ApiJsonContext.Default.StopRequest);
    private static readonly FrozenSet<string> NoFields = FrozenSet<string>.Empty;
    private static readonly ListPage<ExperimentState, ExperimentListResponse> Page = new(
        "experiments",
        JsonInput.IsKey,
        state => state.Key,
        (states, next) => new ExperimentListResponse([.. states.Select(ExperimentResponse.From)], next),
        ApiJsonContext.Default.ExperimentListResponse);

    private static readonly Problem NotFound = new(ErrorCode.ExperimentNotFound, "There is no experiment of this key.");

    private static readonly ErrorCode[] LifecycleRefusals =
    [
        ErrorCode.ExperimentNotFound, ErrorCode.IllegalTransition, ErrorCode.ExperimentAlreadyRunning, ErrorCode.ConfirmationRequired, ErrorCode.StaleVersion,
    ];

    public void Map(RouteTable routes)
    {
        routes.Map("GET", "/v1/experiments", Readers, (context, _) => Page.WriteAsync(context, reader.ListAsync), "listExperiments", Tag, "Experiments by key", isList: true)
            .Answers<ExperimentListResponse>();
        routes.Map("POST", "/v1/experiments", ApiScopes.Manage, CreateAsync, "createExperiment", Tag, "Create a draft", refusals: [ErrorCode.ExperimentAlreadyExists])
            .Takes<CreateExperimentRequest>()
            .Answers<ExperimentResponse>(StatusCodes.Status201Created);
        routes.Map("GET", "/v1/experiments/{key}", Readers, (context, _) => GetAsync(context), "getExperiment", Tag, "One experiment", refusals: [ErrorCode.ExperimentNotFound])
            .Says("Its version is the ETag.")
            .Answers<ExperimentResponse>();
        routes.Map("PATCH", "/v1/experiments/{key}", ApiScopes.Manage, EditAsync, "editExperiment", Tag, "Edit an experiment", ifMatch: true,
                refusals: [ErrorCode.ExperimentNotFound, ErrorCode.ConfirmationRequired, ErrorCode.FieldFrozen, ErrorCode.StaleVersion, ErrorCode.VersionRequired])
            .Says("Weights, traffic and targeting of a running experiment need confirm, open an epoch and move no assigned unit.")
            .Takes<EditExperimentRequest>()
            .Answers<ExperimentResponse>();
        MapTransition(routes, LifecycleAction.Start, "Start, or refuse with what is missing");
        MapTransition(routes, LifecycleAction.Close, "Take no new units; assigned ones keep their variant");
        MapTransition(routes, LifecycleAction.Pause, "Kill switch: nobody gets a treatment");
        MapTransition(routes, LifecycleAction.Resume, "Go on after a pause, in a new epoch");
        MapTransition(routes, LifecycleAction.Stop, "Stop for good, with a winner for everybody or without");
        MapTransition(routes, LifecycleAction.Archive, "Release the claims of a stopped experiment into history");
    }

    private void MapTransition(RouteTable routes, LifecycleAction action, string summary)
    {
        string verb = WireNames<LifecycleAction>.Of(action);
        RouteDescription route = routes.Map(
            "POST", $"/v1/experiments/{{key}}/{verb}", ApiScopes.Manage, (context, key) => TransitionAsync(context, key!, action), $"{verb}Experiment", Tag, summary,
            ifMatch: false, refusals: LifecycleRefusals);
        if (action == LifecycleAction.Stop)
        {
            route.Takes<StopRequest>(isOptional: true);
        }

        route.Answers<ExperimentResponse>();
    }

    private async Task CreateAsync(HttpContext context, ApiKey? key)
    {
        if (await RequestInput.ReadAsync(context, time, ExperimentInput.ReadNew) is not { } definition)
        {
            return;
        }

        Outcome<ExperimentState> outcome = await Grain(definition.Key).CreateAsync(definition, new Actor(key!.Name));
        if (outcome.IsOk)
        {
            context.Response.Headers.Location = "/v1/experiments/" + Uri.EscapeDataString(definition.Key);
        }

        await AnswerAsync(context, outcome, StatusCodes.Status201Created);
    }

    private async Task GetAsync(HttpContext context)
    {
        Outcome<ExperimentState> outcome = TryGetKey(context, out string key) ? await Grain(key).GetAsync() : NotFound;
        await AnswerAsync(context, outcome);
    }

    private async Task EditAsync(HttpContext context, ApiKey? caller)
    {
        Outcome<ExpectedVersion> expected = EntityTag.ReadRequired(context.Request);
        if (!TryGetKey(context, out string key) || !expected.IsOk)
        {
            await ProblemWriter.WriteAsync(context, expected.Problem ?? NotFound);
            return;
        }

        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        using JsonDocument document = read.Value;
        long version = expected.Value.Version!.Value;
        DecisionRule standing = DecisionRule.Default;
        if (ExperimentInput.EditsRule(document.RootElement))
        {
            // The rule is merged over the one of the version that the caller saw; the grain refuses when another one has come since.
            Outcome<ExperimentState> state = await Grain(key).GetAsync();
            if (!state.IsOk || state.Value.Version != version)
            {
                await ProblemWriter.WriteAsync(context, state.Problem ?? Stale(state.Value!.Version));
                return;
            }

            standing = state.Value.Definition.Rule;
        }

        var errors = new InputErrors();
        ExperimentEdit? edit = ExperimentInput.ReadEdit(document.RootElement, standing, errors);
        if (edit is null || errors.Any)
        {
            await ProblemWriter.WriteAsync(context, errors.ToProblem());
            return;
        }

        await AnswerAsync(context, await Grain(key).EditAsync(edit, version, new Actor(caller!.Name)));
    }

    private async Task TransitionAsync(HttpContext context, ApiKey caller, LifecycleAction action)
    {
        Outcome<ExpectedVersion> expected = EntityTag.ReadOptional(context.Request);
        if (!TryGetKey(context, out string key) || !expected.IsOk)
        {
            await ProblemWriter.WriteAsync(context, expected.Problem ?? NotFound);
            return;
        }

        Outcome<JsonDocument> read = await RequestBody.ReadJsonAsync(context, time, allowEmpty: true);
        if (!read.IsOk)
        {
            await ProblemWriter.WriteAsync(context, read.Problem);
            return;
        }

        using JsonDocument document = read.Value;
        var errors = new InputErrors();
        JsonInput? input = JsonInput.Of(document.RootElement, "", errors, action == LifecycleAction.Stop ? StopFields : NoFields);
        string? winner = action == LifecycleAction.Stop ? input?.Key("winner") : null;
        if (errors.Any)
        {
            await ProblemWriter.WriteAsync(context, errors.ToProblem());
            return;
        }

        await AnswerAsync(context, await Grain(key).TransitionAsync(action, expected.Value.Version, winner, new Actor(caller.Name)));
    }

    private static Task AnswerAsync(HttpContext context, Outcome<ExperimentState> outcome, int status = StatusCodes.Status200OK)
    {
        if (!outcome.IsOk)
        {
            return ProblemWriter.WriteAsync(context, outcome.Problem);
        }

        context.Response.Headers.ETag = EntityTag.Of(outcome.Value.Version);
        return JsonResponse.WriteAsync(context, status, ExperimentResponse.From(outcome.Value), ApiJsonContext.Default.ExperimentResponse);
    }

    private static Problem Stale(long current) =>
        new(ErrorCode.StaleVersion, $"The experiment is at version {current} now. Read it again and repeat the change.");

    private IExperimentGrain Grain(string key) => grains.GetGrain<IExperimentGrain>(key);

    /// <summary>The key of the path; false for what cannot be a key, which activates no grain.</summary>
    private static bool TryGetKey(HttpContext context, out string key)
    {
        key = (string)context.Request.RouteValues["key"]!;
        return JsonInput.IsKey(key);
    }
}
