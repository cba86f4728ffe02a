using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Splitstream.Testing;

/// <summary>Speaks JSON to a server under test and fails with the answer's text when the status is not the expected one.</summary>
/// <param name="client">Knows the server's address; not disposed here.</param>
public sealed class JsonApi(HttpClient client)
{
    /// <summary>A client for a server at <paramref name="url"/> that carries <paramref name="key"/>. The caller disposes it.</summary>
    public static HttpClient Client(string url, string key) => new(new SocketsHttpHandler { UseProxy = false })
    {
        BaseAddress = new Uri(url),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    /// <param name="body">Null for none.</param>
    /// <param name="ifMatch">The header's value with its quotes; null for none.</param>
    /// <returns>The answer; undefined when it is empty.</returns>
    /// <exception cref="InvalidOperationException">Another status than <paramref name="status"/> came.</exception>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null, int status = 200, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if ((int)response.StatusCode != status)
            throw new InvalidOperationException($"{method} {path} answered {(int)response.StatusCode} in place of {status}: {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    public Task<JsonElement> PostAsync(string path, object? body = null, int status = 200) => SendAsync(HttpMethod.Post, path, body, status);

    public Task<JsonElement> GetAsync(string path) => SendAsync(HttpMethod.Get, path);
}
