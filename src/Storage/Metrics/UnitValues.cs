using Npgsql;

namespace Splitstream.Storage.Metrics;

/// <summary>Runs <see cref="UnitValueSql"/> over the pairs in <c>touched</c>.</summary>
internal static class UnitValues
{
    /// <param name="aggregation">What counts is what aggregations up to it have taken into account.</param>
    /// <param name="asOf">True leaves out the rows of batches consumed later or not at all; false where the snapshot sees none.</param>
    public static async Task ComputeAsync(NpgsqlConnection open, long aggregation, bool asOf, CancellationToken cancellation)
    {
        var (_, looksBack) = await ReadNeedsAsync(open, cancellation);
        await ExecuteAsync(open, "ANALYZE touched", null, cancellation);
        await ExecuteAsync(open, UnitValueSql.Units(asOf), aggregation, cancellation);
        await ExecuteAsync(open, UnitValueSql.Exclusions(asOf), aggregation, cancellation);
        await ExecuteAsync(open, UnitValueSql.Bots, null, cancellation);
        if (looksBack)
        {
            await ExecuteAsync(open, UnitValueSql.LookbackEnds, null, cancellation);
        }

        await ComputeValuesAsync(open, aggregation, asOf, cancellation);
    }

    /// <summary>The values of the units in <c>new_units</c>, as <see cref="ComputeAsync"/> computes them.</summary>
    public static async Task ComputeValuesAsync(NpgsqlConnection open, long aggregation, bool asOf, CancellationToken cancellation)
    {
        var (hasParts, looksBack) = await ReadNeedsAsync(open, cancellation);
        await ExecuteAsync(open, "ANALYZE new_units", null, cancellation);
        await ExecuteAsync(open, UnitValueSql.Hits(asOf), asOf ? aggregation : null, cancellation);
        if (looksBack)
        {
            await ExecuteAsync(open, UnitValueSql.CovariateHits(asOf), asOf ? aggregation : null, cancellation);
        }

        await ExecuteAsync(open, UnitValueSql.Values, null, cancellation);
        if (hasParts)
        {
            await ExecuteAsync(open, UnitValueSql.PartValues, null, cancellation);
        }

        await ExecuteAsync(open, UnitValueSql.LateEvents, null, cancellation);
    }

    /// <summary>What the attached metrics need, so that nothing more is done for those that need nothing.</summary>
    public static async Task<(bool HasParts, bool LooksBack)> ReadNeedsAsync(NpgsqlConnection open, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "SELECT coalesce(bool_or(NOT is_plain), false), coalesce(bool_or(lookback IS NOT NULL), false) FROM attached", open);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetBoolean(0), reader.GetBoolean(1));
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
