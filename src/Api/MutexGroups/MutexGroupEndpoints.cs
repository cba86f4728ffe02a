using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.MutexGroups;

namespace Splitstream.Api.MutexGroups;

/// <summary>Groups of experiments that exclude each other.</summary>
internal sealed class MutexGroupEndpoints(IMutexGroupStore store, TimeProvider time)
{
    private const string Tag = "Mutex groups";
    private const int SharesMax = 1_000;
    private const ApiScopes Readers = ApiScopes.Read | ApiScopes.Manage;

    private static readonly FrozenSet<string> Fields = KnownFields.Of(ApiJsonContext.Default.CreateMutexGroupRequest);
    private static readonly ListPage<MutexGroup, MutexGroupListResponse> Page = new(
        "mutex-groups",
        JsonInput.IsKey,
        group => group.Key,
        (groups, next) => new MutexGroupListResponse([.. groups.Select(MutexGroupResponse.From)], next),
        ApiJsonContext.Default.MutexGroupListResponse);

    private static readonly Problem NotFound = new(ErrorCode.MutexGroupNotFound, "There is no mutex group of this key.");

    public void Map(RouteTable routes)
    {
        routes.Map("GET", "/v1/mutex-groups", Readers, (context, _) => Page.WriteAsync(context, store.ListAsync), "listMutexGroups", Tag, "Mutex groups by key", isList: true)
            .Answers<MutexGroupListResponse>();
        routes.Map("POST", "/v1/mutex-groups", ApiScopes.Manage, CreateAsync, "createMutexGroup", Tag, "Create a mutex group",
                refusals: [ErrorCode.MutexGroupAlreadyExists])
            .Takes<CreateMutexGroupRequest>()
            .Answers<MutexGroupResponse>(StatusCodes.Status201Created);
        routes.Map("GET", "/v1/mutex-groups/{key}", Readers, (context, _) => GetAsync(context), "getMutexGroup", Tag, "One mutex group",
                refusals: [ErrorCode.MutexGroupNotFound])
            .Answers<MutexGroupResponse>();
    }

    private async Task CreateAsync(HttpContext context, ApiKey? caller)
    {
        if (await RequestInput.ReadAsync(context, time, ReadNew) is not { } group)
        {
            return;
        }

        Outcome<MutexGroup> outcome = await store.CreateAsync(group.Key, group.Name, group.Shares, new Actor(caller!.Name), context.RequestAborted);
        if (!outcome.IsOk)
        {
            await ProblemWriter.WriteAsync(context, outcome.Problem);
            return;
        }

        context.Response.Headers.Location = "/v1/mutex-groups/" + Uri.EscapeDataString(group.Key);
        await JsonResponse.WriteAsync(context, StatusCodes.Status201Created, MutexGroupResponse.From(outcome.Value), ApiJsonContext.Default.MutexGroupResponse);
    }

    private async Task GetAsync(HttpContext context)
    {
        string key = (string)context.Request.RouteValues["key"]!;
        MutexGroup? group = JsonInput.IsKey(key) ? await store.FindAsync(key, context.RequestAborted) : null;
        await (group is null
            ? ProblemWriter.WriteAsync(context, NotFound)
            : JsonResponse.WriteAsync(context, StatusCodes.Status200OK, MutexGroupResponse.From(group), ApiJsonContext.Default.MutexGroupResponse));
    }

    private static NewGroup? ReadNew(JsonElement root, InputErrors errors)
    {
        JsonInput? input = JsonInput.Of(root, "", errors, Fields);
        string? key = input?.Key("key", required: true);
        string? name = input?.Text("name", 1, Limits.TextMaxCharacters) ?? key;
        ImmutableSortedDictionary<string, double> shares = ReadShares(input);
        return key is null || name is null ? null : new NewGroup(key, name, shares);
    }

    private static ImmutableSortedDictionary<string, double> ReadShares(JsonInput? body)
    {
        ImmutableSortedDictionary<string, double>.Builder shares = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        if (body is not { } input || !input.TryGet("shares", out JsonElement value))
        {
            return shares.ToImmutable();
        }

        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() > SharesMax)
        {
            input.Errors.Add(input.At("shares"), $"shares must be an object of at most {SharesMax} experiments.");
            return shares.ToImmutable();
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            string pointer = InputErrors.Child(input.At("shares"), property.Name);
            if (!JsonInput.IsKey(property.Name))
            {
                input.Errors.Add(pointer, $"The key of an experiment must match {Limits.KeyPattern}.");
            }
            else if (input.NumberOf(property.Value, pointer, share => share > 0, "be positive and finite") is { } share)
            {
                shares[property.Name] = share;
            }
        }

        return shares.ToImmutable();
    }

    private sealed record NewGroup(string Key, string Name, ImmutableSortedDictionary<string, double> Shares);
}
