using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Splitstream.Api.Health;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Grains.Interfaces.ApiKeys;
using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Audit;
using Splitstream.Grains.Interfaces.Catalog;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Grains.Interfaces.MutexGroups;
using Splitstream.Grains.Interfaces.Units;

namespace Splitstream.Api.Tests;

/// <summary>The API on a loopback port over ports in memory.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiHost(WebApplication app, FakePorts ports, FakeGrains grains, TestTime time)
    {
        _app = app;
        Time = time;
        Ports = ports;
        Grains = grains;
        Address = new Uri(app.Urls.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public FakePorts Ports { get; }

    public FakeGrains Grains { get; }

    public TestTime Time { get; }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static async Task<ApiHost> StartAsync()
    {
        var ports = new FakePorts();
        var grains = new FakeGrains(ports);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var time = new TestTime();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton<IAssigner>(ports);
        builder.Services.AddSingleton<IUnitDirectory>(ports);
        builder.Services.AddSingleton<IEventBuffer>(ports);
        builder.Services.AddSingleton<IIngestLedger>(ports);
        builder.Services.AddSingleton<IExperimentReader>(ports);
        builder.Services.AddSingleton<IMetricStore>(ports);
        builder.Services.AddSingleton<ICertificates>(ports);
        builder.Services.AddSingleton<IPowerPlanner>(ports);
        builder.Services.AddSingleton<IMutexGroupStore>(ports);
        builder.Services.AddSingleton<IApiKeyRing>(ports);
        builder.Services.AddSingleton<IApiKeyStore>(ports);
        builder.Services.AddSingleton<IAuditLog>(ports);
        builder.Services.AddSingleton<IReadiness>(ports);
        builder.Services.AddSingleton<IFreshness>(ports);
        builder.Services.AddSingleton<IFaults>(ports);
        builder.Services.AddSingleton(grains.Factory);
        builder.Services.AddSingleton<ISnapshotStore>(grains);
        builder.Services.AddSingleton<IUnitExport>(grains);
        builder.Services.AddSplitstreamApi();
        WebApplication app = builder.Build();
        app.MapSplitstreamApi();
        await app.StartAsync();
        return new ApiHost(app, ports, grains, time);
    }

    public T Get<T>()
        where T : notnull =>
        _app.Services.GetRequiredService<T>();

    /// <summary>Sends a request as the key of a secret.</summary>
    /// <param name="ifMatch">Sent as it is.</param>
    public async Task<Answer> SendAsync(
        string method, string path, string? body = null, string? secret = "admin-secret", string mediaType = "application/json", string? ifMatch = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        }

        if (secret is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return await SendAsync(request);
    }

    public async Task<Answer> SendAsync(HttpRequestMessage request)
    {
        using HttpResponseMessage response = await Client.SendAsync(request);
        string text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, text, response.Headers, response.Content.Headers);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

/// <summary>An answer, read to its end.</summary>
internal sealed record Answer(HttpStatusCode StatusCode, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public int Status => (int)StatusCode;

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string? Code => Json.GetProperty("code").GetString();

    public string? Header(string name) =>
        Headers.TryGetValues(name, out var values) || ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : null;
}
