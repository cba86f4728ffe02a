using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Splitstream.Storage.Database;

namespace Splitstream.Bench;

/// <summary>
/// What is compared with: a bare endpoint that reads the same request and writes an answer of the same bytes, and first claims the usual
/// way, one transaction each with SELECT ... FOR UPDATE before the inserts.
/// </summary>
public static class BaselineServer
{
    public static WebApplication Create(string url, string connectionString)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.ClearProviders();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, BaselineJson.Default));
        var app = builder.Build();
        var database = SplitstreamDatabase.Open(connectionString);
        app.MapPost("/bare", (AssignRequest request) => Answer(request.UnitId, request.Experiments[0], "treatment-1", "sticky"));
        app.MapPost("/locking", async (AssignRequest request) =>
            Answer(request.UnitId, request.Experiments[0], await ClaimAsync(database, request.UnitId), "assigned"));
        return app;
    }

    /// <summary>Tables of the same shape as the real ones, without partitions, which would only slow the baseline down.</summary>
    public static async Task CreateTablesAsync(string connectionString)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand(
            """
            CREATE TABLE IF NOT EXISTS baseline_experiments (experiment_id bigint PRIMARY KEY, status text NOT NULL);
            INSERT INTO baseline_experiments VALUES (1, 'running') ON CONFLICT DO NOTHING;
            CREATE TABLE IF NOT EXISTS baseline_claims (
                group_id bigint, unit_id text COLLATE "C", experiment_id bigint NOT NULL, claimed_at timestamptz NOT NULL,
                PRIMARY KEY (group_id, unit_id));
            CREATE TABLE IF NOT EXISTS baseline_assignments (
                experiment_id bigint, unit_id text COLLATE "C", variant text NOT NULL, epoch integer NOT NULL,
                assigned_at timestamptz NOT NULL, PRIMARY KEY (experiment_id, unit_id));
            """);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The same work as one grouped first claim: check the claim, check the row, write both, all or nothing.</summary>
    private static async Task<string> ClaimAsync(NpgsqlDataSource database, string unit)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var holder = await connection.QueryAsync(
            "SELECT experiment_id FROM baseline_claims WHERE group_id = 1 AND unit_id = $1 FOR UPDATE",
            row => row.GetInt64(0), CancellationToken.None, unit);
        var rows = await connection.QueryAsync(
            "SELECT variant FROM baseline_assignments WHERE experiment_id = 1 AND unit_id = $1 FOR UPDATE",
            row => row.GetString(0), CancellationToken.None, unit);
        if (rows.Count > 0)
        {
            return rows[0];
        }

        if (holder.Count == 0)
        {
            await connection.ExecuteAsync(
                "INSERT INTO baseline_claims VALUES (1, $1, 1, now())", CancellationToken.None, unit);
        }

        await connection.ExecuteAsync(
            "INSERT INTO baseline_assignments VALUES (1, $1, $2, 1, now())", CancellationToken.None, unit, "treatment-1");
        await transaction.CommitAsync();
        return "treatment-1";
    }

    private static AssignResponse Answer(string unit, string experiment, string variant, string reason) =>
        new(unit, [new Assignment(experiment, variant, reason, null, "2026-01-01T00:00:00.123456Z")]);

    public sealed record AssignRequest(string UnitId, string[] Experiments);

    public sealed record AssignResponse(string UnitId, Assignment[] Assignments);

    public sealed record Assignment(string Experiment, string Variant, string Reason, string? Payload, string AssignedAt);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BaselineServer.AssignRequest))]
[JsonSerializable(typeof(BaselineServer.AssignResponse))]
internal sealed partial class BaselineJson : JsonSerializerContext;
