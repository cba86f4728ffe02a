using Npgsql;

namespace Splitstream.Storage.Metrics;

/// <summary>Runs <see cref="UnitValueSql"/> over the pairs in <c>touched</c>.</summary>
internal static class UnitValues
{
    /// <param name="aggregation">What counts is what aggregations up to it have taken into account.</param>
    /// <param name="asOf">True leaves out the rows of batches consumed later or not at all; false where the snapshot sees none.</param>
    public static async Task ComputeAsync(NpgsqlConnection open, long aggregation, bool asOf, CancellationToken cancellation)
    {
        await ExecuteAsync(open, "ANALYZE touched", null, cancellation);
        await ExecuteAsync(open, UnitValueSql.Units(asOf), aggregation, cancellation);
        await ExecuteAsync(open, UnitValueSql.Exclusions(asOf), aggregation, cancellation);
        await ExecuteAsync(open, "ANALYZE new_units", null, cancellation);
        await ExecuteAsync(open, UnitValueSql.Hits(asOf), asOf ? aggregation : null, cancellation);
        await ExecuteAsync(open, UnitValueSql.Values, null, cancellation);
        await ExecuteAsync(open, UnitValueSql.LateEvents, null, cancellation);
    }

    private static async Task ExecuteAsync(NpgsqlConnection open, string sql, long? aggregation, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, open);
        if (aggregation is { } value)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(cancellation);
    }
}
