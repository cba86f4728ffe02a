using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Splitstream.Cli.Server;

/// <summary>
/// The public HTTP API as any client sees it. Requests that the server asks to repeat (429, 503) and those that a
/// broken connection swallowed are repeated; every request made here may be.
/// </summary>
public sealed class ApiClient : IDisposable
{
    /// <summary>Attempts for one request, the first included; with the waits below about two minutes.</summary>
    private const int Attempts = 10;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>An analysis of millions of rows takes minutes, not hours.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromMinutes(15);

    private readonly ServerAddress _address;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private volatile bool _reached;

    public ApiClient(ServerAddress address, TimeProvider time)
    {
        _address = address;
        _time = time;
        _http = new HttpClient { Timeout = RequestTimeout };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", address.Key);
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("splitstream-cli/0.1");
    }

    public Task<ApiAnswer> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, null, null, cancellationToken);

    /// <param name="body">Null for an empty body.</param>
    /// <param name="ifMatch">The version the change is meant for, without quotes; null for none.</param>
    public Task<ApiAnswer> PostAsync(string path, JsonNode? body, CancellationToken cancellationToken, string? ifMatch = null) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body), ifMatch, cancellationToken);

    /// <summary>Sends bytes that are JSON already.</summary>
    public Task<ApiAnswer> PostAsync(string path, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, json, null, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<ApiAnswer> SendAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? json, string? ifMatch, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan? asked = null;
            try
            {
                using var request = new HttpRequestMessage(method, _address.Url + path);
                if (json is { } bytes)
                {
                    request.Content = new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
                }

                if (ifMatch is not null)
                {
                    request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{ifMatch}\""));
                }

                using var response = await _http.SendAsync(request, cancellationToken);
                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                _reached = true;
                if (response.IsSuccessStatusCode)
                {
                    return new ApiAnswer(ParseBody(text, path), null);
                }

                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || attempt == Attempts)
                {
                    return new ApiAnswer(null, ApiProblem.Parse(response.StatusCode, text));
                }

                asked = response.Headers.RetryAfter is { } after ? after.Delta ?? after.Date - _time.GetUtcNow() : null;
            }
            catch (HttpRequestException e)
            {
                // Before the first answer nobody is there; afterwards the server may be restarting.
                if (!_reached || attempt == Attempts)
                {
                    throw new CliException($"No server answers at {_address.Url}: {e.Message}", _address.StartHint);
                }
            }
            catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CliException($"{_address.Url}{path} did not answer within {RequestTimeout.TotalMinutes} minutes.");
            }

            await Task.Delay(WaitBefore(attempt + 1, asked), _time, cancellationToken);
        }
    }

    /// <summary>The wait before an attempt: what the server asked for, else doubling from a quarter second; at most 30 s.</summary>
    private static TimeSpan WaitBefore(int attempt, TimeSpan? asked)
    {
        var wait = asked ?? FirstWait * Math.Pow(2, attempt - 2);
        return wait > LongestWait ? LongestWait : wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static JsonNode? ParseBody(string text, string path)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            throw new CliException($"The answer to {path} is no JSON. Is this a Splitstream server?");
        }
    }
}
