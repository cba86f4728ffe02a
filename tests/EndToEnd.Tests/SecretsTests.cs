using System.Net;
using System.Net.Http.Json;
using Splitstream.Cli.Up;
using Splitstream.Testing;

namespace Splitstream.EndToEnd.Tests;

/// <summary>A secret is known to who was shown it, and to nobody who reads the database or the logs.</summary>
public sealed class SecretsTests(Installation installation) : IClassFixture<Installation>
{
    private const string Guessed = "sps_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Secrets_stand_neither_in_the_database_nor_in_the_logs()
    {
        var keys = Keys.Read(installation.Data)!;
        var made = await installation.Api.PostAsync("/v1/api-keys", new { name = "shop", scopes = new[] { "assign" } }, 201);
        var secret = made.GetProperty("secret").GetString()!;
        using var client = JsonApi.Client(installation.Url, secret);
        using var guesser = JsonApi.Client(installation.Url, Guessed);

        var known = await client.PostAsJsonAsync("/v1/assign", new { unitId = "alice" });
        var guessed = await guesser.PostAsJsonAsync("/v1/assign", new { unitId = "alice" });
        var beacon = await installation.Client.PostAsync("/v1/events", new StringContent($$"""{"clientKey": "{{Guessed}}", "events": []}"""));
        var stored = await StoredAsync();
        var logged = await LoggedAsync();

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.Unauthorized, false), (known.StatusCode, guessed.StatusCode, beacon.IsSuccessStatusCode));
        Assert.Contains("shop", stored, StringComparison.Ordinal);
        Assert.NotEmpty(logged);
        Assert.All([secret, keys.Admin, keys.Client, Guessed], key =>
        {
            Assert.DoesNotContain(key, stored, StringComparison.Ordinal);
            Assert.DoesNotContain(key, logged, StringComparison.Ordinal);
        });
    }

    /// <summary>Every row of every table as text.</summary>
    private async Task<string> StoredAsync()
    {
        var tables = await installation.QueryAsync(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'engine')", row => row.GetString(0));
        var rows = new List<string>();
        foreach (var table in tables)
        {
            rows.AddRange(await installation.QueryAsync($"SELECT t::text FROM {table} t", row => row.GetString(0)));
        }

        return string.Join('\n', rows);
    }

    private async Task<string> LoggedAsync()
    {
        var texts = await Task.WhenAll(Directory.EnumerateFiles(installation.Data.LogFolder).Select(async file =>
        {
            // The server still writes.
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            return await reader.ReadToEndAsync();
        }));
        return string.Concat(texts);
    }
}
