using System.Runtime.CompilerServices;
using Npgsql;
using Splitstream.Storage.Database;
using Splitstream.Testing;

namespace Splitstream.Database.Tests.Database;

/// <summary>The schema that migrations make, against the one that is written down.</summary>
public sealed class MigratorTests
{
    /// <summary>Columns, indexes, constraints and sequences of everything but the list of migrations itself.</summary>
    private const string Describe =
        """
        SELECT format('column %s.%s %s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                      a.attidentity, pg_get_expr(d.adbin, d.adrelid), l.collname) AS line
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'schema_migrations'
        UNION ALL
        SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'schema_migrations'
        UNION ALL
        SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'schema_migrations'
        UNION ALL
        SELECT format('partition %s %s', c.relname, pg_get_expr(c.relpartbound, c.oid)) FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relpartbound IS NOT NULL
        UNION ALL
        SELECT format('sequence %s %s %s', sequencename, start_value, increment_by) FROM pg_sequences WHERE schemaname = 'public'
        ORDER BY 1
        """;

    [Fact]
    public async Task Migrations_in_order_equal_the_written_schema()
    {
        await using var migrated = SplitstreamDatabase.Open(await PostgresServer.Shared.CreateDatabaseAsync());
        await using var written = SplitstreamDatabase.Open(await PostgresServer.Shared.CreateDatabaseAsync());

        await Migrator.ApplyAsync(migrated, CancellationToken.None);
        await using (var command = written.CreateCommand(await File.ReadAllTextAsync(SchemaFile())))
        {
            await command.ExecuteNonQueryAsync();
        }

        Assert.Equal(await DescribeAsync(written), await DescribeAsync(migrated));
    }

    [Fact]
    public async Task Applying_again_changes_nothing()
    {
        await using var database = SplitstreamDatabase.Open(await PostgresServer.Shared.CreateDatabaseAsync());

        var first = await Migrator.ApplyAsync(database, CancellationToken.None);
        var before = await DescribeAsync(database);
        var second = await Migrator.ApplyAsync(database, CancellationToken.None);

        Assert.Equal(Migrator.Known(), first);
        Assert.Empty(second);
        Assert.Equal(before, await DescribeAsync(database));
    }

    [Fact]
    public async Task Servers_that_start_together_migrate_once()
    {
        var connectionString = await PostgresServer.Shared.CreateDatabaseAsync();
        await using var database = SplitstreamDatabase.Open(connectionString);

        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Migrator.ApplyAsync(database, CancellationToken.None)));

        Assert.Equal(Migrator.Known(), applied.SelectMany(names => names));
    }

    [Fact]
    public async Task A_database_that_is_newer_than_the_program_is_refused()
    {
        await using var database = SplitstreamDatabase.Open(await PostgresServer.Shared.CreateDatabaseAsync());
        await Migrator.ApplyAsync(database, CancellationToken.None);
        await using (var command = database.CreateCommand("INSERT INTO schema_migrations (name) VALUES ('9999_from_the_future.sql')"))
        {
            await command.ExecuteNonQueryAsync();
        }

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Migrator.ApplyAsync(database, CancellationToken.None));

        Assert.Contains("9999_from_the_future.sql", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task<string> DescribeAsync(NpgsqlDataSource database) =>
        string.Join('\n', await database.QueryAsync(Describe, row => row.GetString(0), CancellationToken.None));

    private static string SchemaFile([CallerFilePath] string file = "") =>
        Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "src", "Storage", "schema.sql");
}
