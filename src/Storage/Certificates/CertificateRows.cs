using Npgsql;
using Splitstream.Storage.Database;

namespace Splitstream.Storage.Certificates;

/// <summary>Certificates by the hash of what they simulate, and which one each experiment was started with.</summary>
public sealed class CertificateRows(NpgsqlDataSource database)
{
    /// <summary>The text of a certificate; null when it has not been computed.</summary>
    public async Task<string?> FindAsync(string inputHash, CancellationToken cancellation) =>
        (await database.QueryAsync("SELECT result FROM certificates WHERE input_hash = $1", row => row.GetString(0), cancellation, inputHash))
        .SingleOrDefault();

    /// <summary>Keeps a certificate; one of the same hash stays.</summary>
    public async Task StoreAsync(string inputHash, string result, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(
            "INSERT INTO certificates (input_hash, result, computed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            cancellation, inputHash, result, now);
    }

    /// <summary>What the experiment was started with; null when that was not worked out yet.</summary>
    public async Task<StartedCertificate?> OfExperimentAsync(long experimentId, CancellationToken cancellation) =>
        (await database.QueryAsync(
            """
            SELECT s.input_hash, s.input, s.reason, c.result
            FROM started_certificates s LEFT JOIN certificates c USING (input_hash) WHERE s.experiment_id = $1
            """,
            row => new StartedCertificate(
                row.GetNullable<string>(0), row.GetNullable<string>(1), row.GetNullable<string>(2), row.GetNullable<string>(3)),
            cancellation,
            experimentId)).SingleOrDefault();

    /// <summary>Fixes what the experiment was started with; the first one stays.</summary>
    public async Task FixAsync(
        long experimentId, string? inputHash, string? input, string? reason, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(
            """
            INSERT INTO started_certificates (experiment_id, input_hash, input, reason, fixed_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
            """,
            cancellation, experimentId, inputHash, input, reason, now);
    }
}

/// <param name="Input">Canonical text of what is simulated; null when there is nothing, and then there is a reason.</param>
/// <param name="Result">Text of the certificate; null while it is being computed.</param>
public sealed record StartedCertificate(string? InputHash, string? Input, string? Reason, string? Result);
