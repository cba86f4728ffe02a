using static Splitstream.Database.Tests.ClusterTables;

namespace Splitstream.Database.Tests;

/// <summary>
/// The statements of <c>deploy/orleans/postgresql.sql</c>, run as Orleans runs them: read from its table by key, with its parameters,
/// their names and their types. Each keeps its contract, also between two writers.
/// </summary>
public sealed class ClusterSchemaTests : IAsyncLifetime
{
    private ClusterTables _tables = null!;

    public async Task InitializeAsync() => _tables = await CreateAsync();

    public async Task DisposeAsync() => await _tables.DisposeAsync();

    [Fact]
    public async Task There_is_every_statement_that_Orleans_asks_for_and_no_other()
    {
        string[] asked =
        [
            "CleanupDefunctSiloEntriesKey", "ClearStorageKey", "DeleteMembershipTableEntriesKey", "DeleteReminderRowKey",
            "DeleteReminderRowsKey", "DeleteStorageKey", "GatewaysQueryKey", "InsertMembershipKey", "InsertMembershipVersionKey",
            "MembershipReadAllKey", "MembershipReadRowKey", "ReadFromStorageKey", "ReadRangeRows1Key", "ReadRangeRows2Key",
            "ReadReminderRowKey", "ReadReminderRowsKey", "UpdateIAmAlivetimeKey", "UpdateMembershipKey", "UpsertReminderRowKey",
            "WriteToStorageKey",
        ];

        var keys = await _tables.QueryAsync("SELECT querykey FROM orleansquery ORDER BY querykey COLLATE \"C\"");

        Assert.Equal(asked, keys.Select(row => row["querykey"]));
    }

    [Fact]
    public async Task Applying_the_script_again_keeps_data_and_rewrites_only_statements_that_changed()
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"));
        await _tables.ReminderAsync("look", 5);
        await _tables.WriteStateAsync("key", null, [1]);
        await _tables.QueryAsync("UPDATE orleansquery SET querytext = 'SELECT 1' WHERE querykey = 'GatewaysQueryKey'");
        const string others = "SELECT querykey, xmin::text FROM orleansquery WHERE querykey <> 'GatewaysQueryKey' ORDER BY querykey";
        var before = await _tables.QueryAsync(others);

        await _tables.ApplyScriptAsync();

        Assert.Single(await _tables.GatewaysAsync());
        Assert.Equal(before, await _tables.QueryAsync(others));
        Assert.Equal(1, Assert.Single(await _tables.SilosAsync())["version"]);
        Assert.Single(await _tables.RangeAsync(0, 10));
        Assert.Equal(1, (await _tables.ReadStateAsync("key"))["version"]);
    }

    [Fact]
    public async Task A_cluster_is_made_once_and_begins_without_silos()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _tables.ScalarAsync("InsertMembershipVersionKey", Cluster())));

        var row = Assert.Single(await _tables.SilosAsync());
        Assert.Equal(1, made.Sum(count => (int)count!));
        Assert.Equal((0, null), (row["version"], row["starttime"]));
    }

    [Fact]
    public async Task A_silo_is_inserted_with_the_next_version()
    {
        var silo = new Silo("10.0.0.1") { Gateway = 30001 };

        await _tables.AddClusterAsync(silo);

        var row = Assert.Single(await _tables.SilosAsync());
        var expected = new Dictionary<string, object?>
        {
            ["deploymentid"] = "c", ["address"] = "10.0.0.1", ["port"] = 11111, ["generation"] = 1, ["siloname"] = "name",
            ["hostname"] = "host", ["status"] = Active, ["proxyport"] = 30001, ["suspecttimes"] = null, ["starttime"] = Noon,
            ["iamalivetime"] = Noon, ["version"] = 1,
        };
        Assert.Equal(expected.OrderBy(column => column.Key), row.OrderBy(column => column.Key));
    }

    [Theory]
    [InlineData("10.0.0.2", 0)]
    [InlineData("10.0.0.2", 2)]
    [InlineData("10.0.0.1", 1)]
    public async Task A_silo_that_exists_and_a_version_other_than_the_present_one_are_refused(string address, int version)
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"));

        var inserted = await _tables.InsertAsync(new Silo(address), version);

        Assert.Equal(0, inserted);
        Assert.Equal(1, Assert.Single(await _tables.SilosAsync())["version"]);
    }

    [Fact]
    public async Task A_silo_of_another_generation_or_cluster_is_another_silo()
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"));
        await _tables.ScalarAsync("InsertMembershipVersionKey", Cluster("other"));

        Assert.Equal(1, await _tables.InsertAsync(new Silo("10.0.0.1") { Generation = 2 }, 1));
        Assert.Equal(1, await _tables.InsertAsync(new Silo("10.0.0.1") { Cluster = "other" }, 0));
        Assert.Equal(2, (await _tables.SilosAsync()).Length);
    }

    [Fact]
    public async Task A_silo_is_updated_with_the_next_version()
    {
        var silo = new Silo("10.0.0.1");
        await _tables.AddClusterAsync(silo, new Silo("10.0.0.2"));

        var updated = await _tables.UpdateAsync(silo with { Status = Dead, Alive = Noon.AddMinutes(1) }, 2, "S10.0.0.2:11111:1,2030-01-01");

        var rows = await _tables.SilosAsync();
        var row = rows.Single(row => row["address"] is "10.0.0.1");
        Assert.Equal(1, updated);
        Assert.All(rows, each => Assert.Equal(3, each["version"]));
        Assert.Equal((Dead, "S10.0.0.2:11111:1,2030-01-01", Noon.AddMinutes(1)), (row["status"], row["suspecttimes"], row["iamalivetime"]));
        Assert.Equal(Active, rows.Single(each => each["address"] is "10.0.0.2")["status"]);
    }

    [Theory]
    [InlineData("10.0.0.1", 0)]
    [InlineData("10.0.0.1", 2)]
    [InlineData("10.0.0.9", 1)]
    public async Task An_update_of_a_stale_version_or_an_absent_silo_changes_nothing(string address, int version)
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"));

        var updated = await _tables.UpdateAsync(new Silo(address) { Status = Dead }, version, null);

        var row = Assert.Single(await _tables.SilosAsync());
        Assert.Equal(0, updated);
        Assert.Equal((1, Active), (row["version"], row["status"]));
    }

    [Theory]
    [InlineData("10.0.0.2", false)]
    [InlineData("10.0.0.3", false)]
    [InlineData("10.0.0.1", true)]
    public async Task Of_two_that_decide_on_the_same_version_the_second_is_refused(string second, bool update)
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"));
        var silo = new Silo(second) { Status = Dead };

        var (first, later) = await _tables.RaceAsync(
            connection => _tables.InsertAsync(new Silo("10.0.0.2"), 1, connection),
            () => update ? _tables.UpdateAsync(silo, 1, null) : _tables.InsertAsync(silo, 1));

        var rows = await _tables.SilosAsync();
        Assert.Equal((1, 0), (first, later));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], rows.Select(row => row["address"]).Order());
        Assert.All(rows, row => Assert.Equal((2, Active), (row["version"], row["status"])));
    }

    [Fact]
    public async Task A_sign_of_life_moves_no_version()
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"), new Silo("10.0.0.2"));

        await _tables.RunAsync("UpdateIAmAlivetimeKey", [.. new Silo("10.0.0.1").Key(), Time("IAmAliveTime", Noon.AddMinutes(5))]);

        var rows = await _tables.SilosAsync();
        Assert.All(rows, row => Assert.Equal(2, row["version"]));
        Assert.Equal([Noon.AddMinutes(5), Noon], rows.OrderBy(row => row["address"]).Select(row => row["iamalivetime"]));
    }

    [Fact]
    public async Task One_silo_is_read_with_the_version_and_an_absent_one_as_the_version_alone()
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"), new Silo("10.0.0.2"));

        var present = Assert.Single(await _tables.RunAsync("MembershipReadRowKey", new Silo("10.0.0.2").Key()));
        var absent = Assert.Single(await _tables.RunAsync("MembershipReadRowKey", new Silo("10.0.0.3").Key()));

        Assert.Equal(("10.0.0.2", 2, Noon), (present["address"], present["version"], present["starttime"]));
        Assert.Equal((null, 2, null), (absent["address"], absent["version"], absent["starttime"]));
    }

    [Fact]
    public async Task Gateways_are_the_active_silos_that_have_one()
    {
        await _tables.AddClusterAsync(
            new Silo("10.0.0.1") { Gateway = 30001, Generation = 7 },
            new Silo("10.0.0.2") { Gateway = 0 },
            new Silo("10.0.0.3") { Status = Dead });

        var gateway = Assert.Single(await _tables.GatewaysAsync());

        Assert.Equal(("10.0.0.1", 30001, 7), (gateway["address"], gateway["proxyport"], gateway["generation"]));
    }

    [Fact]
    public async Task Cleanup_removes_what_was_declared_dead_long_ago_and_nobody_else()
    {
        await _tables.AddClusterAsync(
            new Silo("10.0.0.1") { Alive = Noon.AddDays(-9) },
            new Silo("10.0.0.2") { Alive = Noon.AddDays(-9), Status = Dead },
            new Silo("10.0.0.3") { Alive = Noon.AddDays(-1), Status = Dead },
            new Silo("10.0.0.5") { Alive = Noon.AddDays(-9), Status = Joining });
        await _tables.ScalarAsync("InsertMembershipVersionKey", Cluster("other"));
        await _tables.InsertAsync(new Silo("10.0.0.4") { Cluster = "other", Alive = Noon.AddDays(-9), Status = Dead }, 0);

        await _tables.RunAsync("CleanupDefunctSiloEntriesKey", [Cluster(), Time("IAmAliveTime", Noon.AddDays(-7))]);

        Assert.Equal(["10.0.0.1", "10.0.0.3", "10.0.0.5"], (await _tables.SilosAsync()).Select(row => row["address"]).Order());
        Assert.Equal("10.0.0.4", Assert.Single(await _tables.SilosAsync("other"))["address"]);
    }

    [Fact]
    public async Task A_cluster_can_be_deleted_with_its_silos()
    {
        await _tables.AddClusterAsync(new Silo("10.0.0.1"));
        await _tables.ScalarAsync("InsertMembershipVersionKey", Cluster("other"));

        await _tables.RunAsync("DeleteMembershipTableEntriesKey", Cluster());

        Assert.Empty(await _tables.SilosAsync());
        Assert.Single(await _tables.SilosAsync("other"));
    }

    [Fact]
    public async Task State_is_written_with_the_version_that_was_read_and_cleared_with_the_next_one()
    {
        var first = await _tables.WriteStateAsync("key", null, [1]);
        var second = await _tables.WriteStateAsync("key", 1, [2]);
        var written = await _tables.ReadStateAsync("key");
        var cleared = await _tables.ScalarAsync("ClearStorageKey", [.. State("key"), Number("GrainStateVersion", 2)]);
        var afterwards = await _tables.ReadStateAsync("key");
        var again = await _tables.WriteStateAsync("key", 3, [4]);

        Assert.Equal([1, 2, 3, 4], [first, second, cleared, again]);
        Assert.Equal([2], (byte[])written["payloadbinary"]!);
        Assert.Equal(2, written["version"]);
        Assert.Equal((null, 3), (afterwards["payloadbinary"], afterwards["version"]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(null)]
    public async Task A_write_of_another_version_answers_no_new_one_and_changes_nothing(int? version)
    {
        await _tables.WriteStateAsync("key", null, [1]);
        await _tables.WriteStateAsync("key", 1, [2]);

        var answer = await _tables.WriteStateAsync("key", version, [3]);
        var cleared = await _tables.RunAsync("ClearStorageKey", [.. State("key"), Number("GrainStateVersion", version)]);
        var deleted = await _tables.RunAsync("DeleteStorageKey", [.. State("key"), Number("GrainStateVersion", version)]);

        Assert.Equal(version, answer);
        Assert.Empty(cleared);
        Assert.Empty(deleted);
        var left = await _tables.ReadStateAsync("key");
        Assert.Equal([2], (byte[])left["payloadbinary"]!);
        Assert.Equal(2, left["version"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task Of_two_writes_of_the_same_version_the_second_is_told_no_new_one(int? version)
    {
        if (version is not null) await _tables.WriteStateAsync("key", null, [0]);

        var (first, later) = await _tables.RaceAsync(
            connection => _tables.WriteStateAsync("key", version, [1], connection), () => _tables.WriteStateAsync("key", version, [2]));

        Assert.Equal(((version ?? 0) + 1, version), (first, later));
        Assert.Equal([1], (byte[])(await _tables.ReadStateAsync("key"))["payloadbinary"]!);
    }

    [Fact]
    public async Task Deleted_state_is_gone_and_begins_anew()
    {
        await _tables.WriteStateAsync("key", null, [1]);

        var deleted = await _tables.ScalarAsync("DeleteStorageKey", [.. State("key"), Number("GrainStateVersion", 1)]);
        var left = await _tables.RunAsync("ReadFromStorageKey", State("key"));

        Assert.Equal(2, deleted);
        Assert.Empty(left);
        Assert.Equal(1, await _tables.WriteStateAsync("key", null, [2]));
    }

    [Fact]
    public async Task A_key_without_text_is_one_key_and_apart_from_the_others()
    {
        await _tables.WriteStateAsync(null, null, [1]);
        await _tables.WriteStateAsync("text", null, [2]);

        Assert.Null(await _tables.WriteStateAsync(null, null, [3]));
        Assert.Equal([1], (byte[])(await _tables.ReadStateAsync(null))["payloadbinary"]!);
        Assert.Equal([2], (byte[])(await _tables.ReadStateAsync("text"))["payloadbinary"]!);
    }

    [Fact]
    public async Task A_reminder_is_replaced_under_a_new_version()
    {
        var first = await _tables.ReminderAsync("look", 1, period: 60_000);
        var second = await _tables.ReminderAsync("look", 1, period: 3_000_000_000);

        var row = Assert.Single(await _tables.RunAsync("ReadReminderRowKey", Reminder("look")));
        Assert.NotEqual(first, second);
        Assert.Equal(("grain", "look", second), (row["grainid"], row["remindername"], row["version"]));
        Assert.Equal((Noon, 3_000_000_000L), (row["starttime"], row["period"]));
    }

    [Fact]
    public async Task Reminders_are_listed_by_grain_and_service()
    {
        await _tables.ReminderAsync("one", 1);
        await _tables.ReminderAsync("two", 1);
        await _tables.ReminderAsync("three", 1, grain: "other");
        await _tables.ReminderAsync("four", 1, service: "other");

        var rows = await _tables.RunAsync("ReadReminderRowsKey", [Service(), Text("GrainId", "grain")]);

        Assert.Equal(["one", "two"], rows.Select(row => row["remindername"]).Order());
        Assert.Empty(await _tables.RunAsync("ReadReminderRowKey", Reminder("three")));
    }

    [Fact]
    public async Task A_reminder_is_unregistered_by_its_present_version_only()
    {
        var stale = await _tables.ReminderAsync("look", 1);
        var present = await _tables.ReminderAsync("look", 1);

        var byStale = await _tables.ScalarAsync("DeleteReminderRowKey", [.. Reminder("look"), Number("Version", stale)]);
        var byPresent = await _tables.ScalarAsync("DeleteReminderRowKey", [.. Reminder("look"), Number("Version", present)]);
        var again = await _tables.ScalarAsync("DeleteReminderRowKey", [.. Reminder("look"), Number("Version", present)]);

        Assert.Equal([0, 1, 0], [byStale, byPresent, again]);
        Assert.Empty(await _tables.RunAsync("ReadReminderRowKey", Reminder("look")));
    }

    [Theory]
    [InlineData(-10, 10, "minus ten excluded: -5, 0, 5, 10")]
    [InlineData(0, int.MaxValue, "5, 10, 2147483647")]
    [InlineData(10, -10, "over the seam: -2147483648, -10, 2147483647")]
    [InlineData(int.MaxValue, int.MinValue, "the seam itself: -2147483648")]
    [InlineData(5, 5, "the whole ring: -2147483648, -10, -5, 0, 5, 10, 2147483647")]
    public async Task A_range_of_the_ring_is_without_its_begin_and_with_its_end(int begin, int end, string expected)
    {
        int[] hashes = [int.MinValue, -10, -5, 0, 5, 10, int.MaxValue];
        foreach (var hash in hashes) await _tables.ReminderAsync($"{hash}", hash);

        var rows = await _tables.RangeAsync(begin, end);

        Assert.Equal(expected.Split(": ")[^1].Split(", "), rows.Select(row => (string)row["remindername"]!).OrderBy(int.Parse));
    }

    [Fact]
    public async Task All_reminders_of_one_service_can_be_deleted()
    {
        await _tables.ReminderAsync("mine", 1);
        await _tables.ReminderAsync("theirs", 1, service: "other");

        await _tables.RunAsync("DeleteReminderRowsKey", Service());

        Assert.Empty(await _tables.RangeAsync(0, 0));
        Assert.Equal("theirs", (await _tables.QueryAsync("SELECT name FROM reminders"))[0]["name"]);
    }
}
