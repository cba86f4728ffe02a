using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Http;
using Splitstream.Api.Input;
using Splitstream.Api.Json;
using Splitstream.Api.Problems;
using Splitstream.Api.Routing;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Api.ApiKeys;

/// <summary>API keys: made, listed without secrets, revoked.</summary>
internal sealed partial class ApiKeyEndpoints(IApiKeyStore store, TimeProvider time)
{
    private const string Tag = "API keys";
    private const int NameMaxCharacters = 100;
    private const int OriginsMax = 100;
    private const string DefaultProject = "default";

    private static readonly FrozenSet<string> Fields = KnownFields.Of(ApiJsonContext.Default.CreateApiKeyRequest);
    private static readonly ListPage<ApiKey, ApiKeyListResponse> Page = new(
        "api-keys",
        IsId,
        key => key.Id,
        (keys, next) => new ApiKeyListResponse([.. keys.Select(ApiKeyResponse.From)], next),
        ApiJsonContext.Default.ApiKeyListResponse);

    private static readonly Problem NotFound = new(ErrorCode.ApiKeyNotFound, "There is no API key of this id.");

    public void Map(RouteTable routes)
    {
        routes.Map("GET", "/v1/api-keys", ApiScopes.Admin, (context, _) => Page.WriteAsync(context, store.ListAsync), "listApiKeys", Tag, "API keys, without secrets", isList: true)
            .Answers<ApiKeyListResponse>();
        routes.Map("POST", "/v1/api-keys", ApiScopes.Admin, CreateAsync, "createApiKey", Tag, "Create an API key; its secret is shown this once")
            .Takes<CreateApiKeyRequest>()
            .Answers<CreatedApiKeyResponse>(StatusCodes.Status201Created);
        routes.Map("DELETE", "/v1/api-keys/{id}", ApiScopes.Admin, RevokeAsync, "revokeApiKey", Tag, "Revoke an API key; harmless when repeated",
                refusals: [ErrorCode.ApiKeyNotFound])
            .Answers(StatusCodes.Status204NoContent);
    }

    private async Task CreateAsync(HttpContext context, ApiKey? caller)
    {
        if (await RequestInput.ReadAsync(context, time, ReadNew) is not { } wanted)
        {
            return;
        }

        (ApiKey key, string secret) = await store.CreateAsync(
            wanted.Name, wanted.Project, wanted.Scopes, wanted.Origins, new Actor(caller!.Name), context.RequestAborted);
        context.Response.Headers.Location = "/v1/api-keys/" + Uri.EscapeDataString(key.Id);
        context.Response.Headers.CacheControl = "no-store";
        var answer = new CreatedApiKeyResponse(
            key.Id, key.Name, key.Project, ApiKeyScopes.Names(key.Scopes), key.Origins, key.CreatedAt.UtcDateTime, secret);
        await JsonResponse.WriteAsync(context, StatusCodes.Status201Created, answer, ApiJsonContext.Default.CreatedApiKeyResponse);
    }

    private async Task RevokeAsync(HttpContext context, ApiKey? caller)
    {
        string id = (string)context.Request.RouteValues["id"]!;
        Outcome<ApiKey> outcome = IsId(id) ? await store.RevokeAsync(id, new Actor(caller!.Name), context.RequestAborted) : NotFound;
        if (!outcome.IsOk)
        {
            await ProblemWriter.WriteAsync(context, outcome.Problem);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static NewKey? ReadNew(JsonElement root, InputErrors errors)
    {
        JsonInput? input = JsonInput.Of(root, "", errors, Fields);
        string? name = input?.Text("name", 1, NameMaxCharacters, required: true);
        string project = input?.Key("project") ?? DefaultProject;
        ApiScopes scopes = ReadScopes(input);
        ImmutableArray<string> origins = ReadOrigins(input);
        return name is null ? null : new NewKey(name, project, scopes, origins);
    }

    private static ApiScopes ReadScopes(JsonInput? body)
    {
        ApiScopes scopes = ApiScopes.None;
        if (body is not { } input || input.List("scopes", 1, ApiKeyScopes.Single.Length, required: true) is not { } list)
        {
            return scopes;
        }

        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (JsonTexts.TryGet(item, out string text) && ApiKeyScopes.TryParse(text, out ApiScopes scope))
            {
                scopes |= scope;
            }
            else
            {
                input.Errors.Add($"{input.At("scopes")}/{index}", $"A scope must be one of {string.Join(", ", ApiKeyScopes.Names(ApiScopes.All))}.");
            }

            index++;
        }

        return scopes;
    }

    private static ImmutableArray<string> ReadOrigins(JsonInput? body)
    {
        if (body is not { } input || input.List("origins", 0, OriginsMax) is not { } list)
        {
            return [];
        }

        ImmutableArray<string>.Builder origins = ImmutableArray.CreateBuilder<string>();
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (JsonTexts.TryGet(item, out string text) && IsOrigin(text))
            {
                origins.Add(text);
            }
            else
            {
                input.Errors.Add($"{input.At("origins")}/{index}", "An origin must be a scheme, host and optional port in lower case, e.g. https://shop.example.");
            }

            index++;
        }

        return origins.ToImmutable();
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme is "http" or "https")
        && uri.GetLeftPart(UriPartial.Authority) == text
        && uri.UserInfo.Length == 0;

    private static bool IsId(string text) => IdRegex().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdRegex();

    private sealed record NewKey(string Name, string Project, ApiScopes Scopes, ImmutableArray<string> Origins);
}
