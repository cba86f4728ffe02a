using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Splitstream.Api.Auth;

namespace Splitstream.Api.Tests;

public sealed class AdminInBrowserTests
{
    [Theory]
    [InlineData("anybody:admin-secret", 200)]
    [InlineData(":admin-secret", 200)]
    [InlineData("admin-secret", 401)]
    [InlineData("anybody:wrong", 401)]
    [InlineData("anybody:", 401)]
    [InlineData("anybody:client-secret", 403)]
    public async Task The_password_is_the_secret_of_an_admin_key(string credentials, int status)
    {
        await using ApiHost host = await ApiHost.StartAsync();

        Assert.Equal(status, (await AskAsync(host, Basic(credentials))).StatusCode);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Bearer admin-secret")]
    [InlineData("Basic not-base64!")]
    public async Task A_browser_that_sent_no_password_is_asked_for_one(string? authorization)
    {
        await using ApiHost host = await ApiHost.StartAsync();

        HttpResponse answer = await AskAsync(host, authorization);

        Assert.Equal(401, answer.StatusCode);
        Assert.StartsWith("Basic realm=", answer.Headers.WWWAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guesses_are_limited_and_the_question_itself_is_no_guess()
    {
        await using ApiHost host = await ApiHost.StartAsync();
        for (int i = 0; i < 2 * GuessLimiter.Burst; i++)
        {
            Assert.Equal(401, (await AskAsync(host, null)).StatusCode);
        }

        for (int i = 0; i < GuessLimiter.Burst; i++)
        {
            Assert.Equal(401, (await AskAsync(host, Basic($"me:guess-{i}"))).StatusCode);
        }

        Assert.Equal(429, (await AskAsync(host, Basic("me:one more"))).StatusCode);
        Assert.Equal(200, (await AskAsync(host, Basic("me:admin-secret"))).StatusCode);
    }

    private static string Basic(string credentials) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}";

    private static async Task<HttpResponse> AskAsync(ApiHost host, string? authorization)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } };
        if (authorization is not null)
        {
            context.Request.Headers.Authorization = authorization;
        }

        Assert.Equal(await host.Get<AdminInBrowser>().AdmitAsync(context), context.Response.StatusCode == StatusCodes.Status200OK);
        return context.Response;
    }
}
