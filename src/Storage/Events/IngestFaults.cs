using Npgsql;

namespace Splitstream.Storage.Events;

/// <summary>Tells what the database refuses for its content from what it cannot do now.</summary>
internal static class IngestFaults
{
    private const string CheckViolation = "23514";

    /// <summary>SQLSTATE classes 22 (data exception) and 23 (integrity violation): the same item would be refused again.</summary>
    public static bool IsData(PostgresException exception) =>
        (exception.SqlState.StartsWith("22", StringComparison.Ordinal) || exception.SqlState.StartsWith("23", StringComparison.Ordinal))
        && !IsMissingPartition(exception);

    /// <summary>PostgreSQL reports a day without partition as a violated check without a name. The item is not at fault.</summary>
    public static bool IsMissingPartition(PostgresException exception) =>
        exception.SqlState == CheckViolation && string.IsNullOrEmpty(exception.ConstraintName);
}
