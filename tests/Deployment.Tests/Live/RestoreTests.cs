using Npgsql;
using Splitstream.Testing;
using Splitstream.Testing.History;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>A backup that was taken under traffic comes back as what it was, and nothing else passes for it.</summary>
[Collection(LiveCollection.Name)]
public sealed class RestoreTests(LiveDeployment live)
{
    private const int Failed = 5;
    private const int Damaged = 4;
    private const int NotEmpty = 6;

    /// <summary>Waits to be told, and then does as it should.</summary>
    private const string SlowRestore =
        """
        #!/bin/sh
        : >"$BEGUN"
        while [ ! -e "$GO_ON" ]; do sleep 0.05; done
        PATH=${PATH#*:} exec pg_restore "$@"
        """;

    /// <summary>Units that are asked again.</summary>
    private const int Asked = 200;

    [Fact]
    public async Task Servers_on_a_restored_database_answer_what_was_answered_before_the_backup()
    {
        var backup = live.Backup;
        var fresh = await LiveDatabase.CreateAsync();
        var restore = await backup.RestoreAsync(fresh);
        Assert.True(restore.ExitCode == 0, restore.ToString());
        Assert.Contains(live.Snapshot, restore.Output, StringComparison.Ordinal);
        await CheckRowsAsync(fresh, backup);
        foreach (var register in (string[])["public.nodes", "orleans.silos", "orleans.clusters"])
            Assert.Equal((register, 0), (register, (await fresh.QueryAsync($"SELECT count(*) FROM {register}", row => row.GetInt64(0)))[0]));

        await live.MoveToAsync(fresh);
        await CheckAnswersAsync();
        await CheckLedgerAsync(backup);
        var verified = await live.Admin.PostAsync($"/v1/experiments/live-free/snapshots/{live.Snapshot}/verify");
        Assert.Equal("matches", verified.GetProperty("engine").GetString());
        Assert.Equal("matches", verified.GetProperty("data").GetString());
    }

    [Fact]
    public async Task The_drill_restores_the_newest_backup_beside_the_database_and_leaves_nothing()
    {
        await live.Units.StartAsync("splitstream-drill.service");
        Assert.Empty(await live.Database.QueryAsync(
            "SELECT datname FROM pg_database WHERE datname LIKE '%drill%'", row => row.GetString(0), "postgres"));
    }

    [Fact]
    public async Task A_backup_is_taken_while_a_drill_reads_another()
    {
        using var scratch = new Scratch();
        await live.Backup.CopyAsync(scratch.PathOf(live.Backup.Name));
        File.SetUnixFileMode(scratch.Write("bin/pg_restore", SlowRestore), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var settings = new Dictionary<string, string>
        {
            ["PGHOST"] = "127.0.0.1", ["PGPORT"] = $"{live.Database.Port}", ["PGDATABASE"] = "splitstream", ["PGUSER"] = "splitstream_backup",
            ["PGPASSWORD"] = LiveDatabase.BackupPassword, ["BACKUP_FOLDER"] = scratch.Folder, ["BEGUN"] = scratch.PathOf("begun"),
            ["GO_ON"] = scratch.PathOf("go-on"), ["PATH"] = $"{scratch.PathOf("bin")}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        var drill = Tool.RunAsync([Sources.PathOf("deploy/backup/drill")], environment: settings);
        Tool backup;
        try
        {
            await Until.TrueAsync(() => drill.IsCompleted || File.Exists(settings["BEGUN"]));
            backup = await Tool.RunAsync([Sources.PathOf("deploy/backup/backup")], environment: settings);
        }
        finally
        {
            await File.WriteAllTextAsync(settings["GO_ON"], "");
        }

        var drilled = await drill;
        Assert.True(drilled.IsOk, drilled.ToString());
        Assert.True(backup.IsOk, backup.ToString());
    }

    [Fact]
    public async Task A_damaged_backup_is_refused_before_anything_is_written()
    {
        var damaged = await live.Backup.CopyAsync(live.At("/var/damaged"));
        damaged.Damage();
        var database = await CreateDatabaseAsync("damaged");
        Assert.Equal(Damaged, (await damaged.RestoreAsync(live.Database, database)).ExitCode);
        Assert.Empty(await live.Database.QueryAsync(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace", row => row.GetString(0), database));
    }

    [Fact]
    public async Task A_restore_whose_figures_differ_fails()
    {
        var overstated = await live.Backup.CopyAsync(live.At("/var/overstated"));
        await overstated.OverstateAsync();
        var restore = await overstated.RestoreAsync(live.Database, await CreateDatabaseAsync("overstated"));
        Assert.True(restore.ExitCode == Failed, restore.ToString());
        Assert.Contains("+rows public.assignments", restore.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_in_use_is_never_restored_into() =>
        Assert.Equal(NotEmpty, (await live.Backup.RestoreAsync(live.Database)).ExitCode);

    private async Task CheckRowsAsync(LiveDatabase fresh, LiveBackup backup)
    {
        foreach (var (table, count) in backup.Rows)
        {
            var found = await fresh.QueryAsync($"SELECT count(*) FROM {table}", row => row.GetInt64(0));
            Assert.Equal((table, count), (table, found[0]));
        }

        await CheckItemsAsync(fresh, ItemKind.Event, "SELECT event_id FROM events");
        await CheckItemsAsync(fresh, ItemKind.Exposure, "SELECT exposure_id FROM exposures");
    }

    /// <summary>What was acknowledged before the backup began is there, and what was sent after its end is not.</summary>
    private async Task CheckItemsAsync(LiveDatabase fresh, ItemKind kind, string sql)
    {
        var found = (await fresh.QueryAsync(sql, row => row.GetString(0))).ToHashSet();
        var sent = live.Records.OfType<IngestRecord>().Where(record => record.Kind == kind).ToList();
        Assert.Subset(found, sent.Where(record => record.End < live.BackedUp.From).SelectMany(record => record.Ids).ToHashSet());
        Assert.Empty(sent.Where(record => record.Start > live.BackedUp.To).SelectMany(record => record.Ids).Intersect(found));
    }

    /// <summary>What was told before the backup began is told again, from the same rows.</summary>
    private async Task CheckAnswersAsync()
    {
        var before = live.Records.OfType<AssignRecord>().Where(record => record.End < live.BackedUp.From).ToList();
        var client = new HistoryClient(new ClientHistory(TimeProvider.System), "after the restore");
        var told = before.SelectMany(record => record.Answers.Where(answer => answer.IsOfRow).Select(answer => (record.Unit, Answer: answer)))
            .DistinctBy(pair => (pair.Unit, pair.Answer.Experiment)).GroupBy(pair => pair.Unit).Take(Asked).ToList();
        Assert.True(told.Count > 50);
        foreach (var unit in told)
        {
            var again = await client.AssignAsync(live.Client, unit.Key, [.. unit.Select(pair => pair.Answer.Experiment)]);
            Assert.Equal(
                unit.Select(pair => (pair.Answer.Experiment, pair.Answer.Variant, "sticky", pair.Answer.AssignedAt)),
                again.Answers.Select(answer => (answer.Experiment, answer.Variant, answer.Reason, answer.AssignedAt)));
        }
    }

    private async Task CheckLedgerAsync(LiveBackup backup)
    {
        var ledger = (await live.Admin.GetAsync("/v1/ledger")).GetProperty("items").EnumerateArray().ToList();
        foreach (var (kind, line) in new[] { ("exposure", "exposures"), ("event", "events") })
        {
            var entry = ledger.Single(item => item.GetProperty("kind").GetString() == kind);
            foreach (var name in (string[])["received", "duplicate", "quarantined", "rejected"])
                Assert.Equal((name, backup.Ledger(line)[name]), (name, entry.GetProperty(name).GetInt64()));
            Assert.Equal(backup.Ledger(line)["dead"], entry.GetProperty("deadLettered").GetInt64());
        }
    }

    private async Task<string> CreateDatabaseAsync(string name)
    {
        await using var connection = await live.Database.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name} OWNER splitstream", connection);
        await command.ExecuteNonQueryAsync();
        return name;
    }
}
