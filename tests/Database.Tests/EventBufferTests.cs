using System.Collections.Immutable;
using Npgsql;
using Splitstream.Grains.Interfaces;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Storage.Events;

namespace Splitstream.Database.Tests;

public sealed class EventBufferTests : IAsyncLifetime
{
    private World _world = null!;

    public async Task InitializeAsync() => _world = await World.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task The_same_batch_sent_twice_is_stored_once()
    {
        var batch = Batch.Of(World.Noon, Event("1", "u1"), Event("2", "u2"), Event(null, "u3"));

        var first = await _world.SendAsync(batch);
        var second = await _world.SendAsync(batch);

        Assert.Equal((3, 0), (first.Accepted, first.Duplicates));
        Assert.Equal((1, 2), (second.Accepted, second.Duplicates));
        Assert.Equal(4, await _world.CountAsync("events"));
    }

    [Fact]
    public async Task An_id_twice_in_one_batch_is_stored_once_and_refused_with_other_content()
    {
        var receipt = await _world.SendAsync(Batch.Of(
            World.Noon, Event("1", "u1"), Event("1", "u1") with { Index = 1 }, Event("1", "other") with { Index = 2 }));

        Assert.Equal((1, 1), (receipt.Accepted, receipt.Duplicates));
        var refused = Assert.Single(receipt.Rejected);
        Assert.Equal((2, ErrorCode.IdReused), (refused.Index, refused.Code));
        Assert.Equal("u1", await _world.ScalarAsync("SELECT unit_id FROM events"));
    }

    [Theory]
    [InlineData(IngestKind.Exposure, "exposure")]
    [InlineData(IngestKind.Event, "event")]
    public async Task The_ledger_counts_everything_sent_a_batch_of_nothing_but_refused_items_included(IngestKind kind, string name)
    {
        RejectedItem Refused(int index) => new(index, ErrorCode.InvalidItem, "It is invalid.");
        var refused = new IngestBatch("web", null, World.Noon, [], [], [Refused(0), Refused(1), Refused(2)]) { Kind = kind };
        var mixed = kind == IngestKind.Event
            ? Batch.Of(World.Noon, Event("1", "u1"), Event("2", "u2"))
            : Batch.Of(World.Noon, new ExposureItem(0, "1", "u1", "none", "a", World.Noon), new ExposureItem(1, "2", "u2", "none", "a", World.Noon));
        var keyed = refused with { BatchKey = "once" };

        foreach (var batch in new[] { refused, mixed with { Rejected = [Refused(2)] }, mixed, keyed, keyed })
        {
            await _world.SendAsync(batch);
        }

        var entry = await EntryAsync(name);
        Assert.Equal(3 + 3 + 2 + 3 + 3, entry.Received);
        Assert.Equal(3 + 1 + 3, entry.Rejected);
        Assert.Equal(
            entry.Received, entry.Counted + entry.Duplicate + entry.Quarantined + entry.Rejected + entry.DeadLettered + entry.Pending);
    }

    [Theory]
    [InlineData("unit")]
    [InlineData("name")]
    [InlineData("time")]
    [InlineData("properties")]
    public async Task An_id_with_changed_content_is_refused(string changed)
    {
        var original = Event("1", "u1") with { PropertiesJson = """{"price": 1}""" };
        await _world.SendAsync(Batch.Of(World.Noon, original));

        var receipt = await _world.SendAsync(Batch.Of(World.Noon, changed switch
        {
            "unit" => original with { UnitId = "u2" },
            "name" => original with { Name = "sell" },
            "time" => original with { OccurredAt = original.OccurredAt.AddMicroseconds(1) },
            _ => original with { PropertiesJson = """{"price": 2}""" },
        }));

        Assert.Equal(ErrorCode.IdReused, Assert.Single(receipt.Rejected).Code);
        Assert.Equal(1, await _world.CountAsync("events"));
        Assert.Equal(1, (await EntryAsync("event")).Rejected);
    }

    [Fact]
    public async Task An_id_belongs_to_its_source_and_kind()
    {
        await _world.SendAsync(Batch.Of(World.Noon, Event("1", "u1")));

        var otherSource = await _world.SendAsync(Batch.Of(World.Noon, Event("1", "u2")) with { Source = "app" });
        var otherKind = await _world.SendAsync(Batch.Of(World.Noon, new ExposureItem(0, "1", "u1", "none", "a", World.Noon)));

        Assert.Equal((1, 1), (otherSource.Accepted, otherKind.Accepted));
    }

    [Fact]
    public async Task A_repeat_under_the_same_key_gets_the_stored_receipt_even_for_items_without_ids()
    {
        var batch = Batch.Of(World.Noon, Event(null, "u1"), Event(null, "u2")) with { BatchKey = "once" };

        var receipts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _world.SendAsync(batch)));

        Assert.All(receipts, receipt => Assert.Equal((2, 0), (receipt.Accepted, receipt.Duplicates)));
        Assert.Equal(2, await _world.CountAsync("events"));
        var entry = await EntryAsync("event");
        Assert.Equal((16, 2, 14), (entry.Received, entry.Counted, entry.Duplicate));
    }

    [Theory]
    [InlineData(7 * 24 * 60, false)]
    [InlineData((7 * 24 * 60) + 1, true)]
    [InlineData(-5, false)]
    public async Task An_item_is_late_above_seven_days(int ageMinutes, bool isLate)
    {
        var receipt = await _world.SendAsync(Batch.Of(World.Noon, Batch.Event("1", "u", World.Noon.AddMinutes(-ageMinutes))));

        Assert.Equal(isLate ? 1 : 0, receipt.Late);
        Assert.Equal(isLate, await _world.ScalarAsync("SELECT late FROM events"));
        Assert.Equal(isLate ? 1 : 0, (await EntryAsync("event")).Late);
    }

    [Fact]
    public async Task What_the_database_refuses_goes_to_the_dead_letters_and_the_rest_goes_through()
    {
        // U+0000 cannot be stored; such items never pass validation, so the buffer is the last to meet them.
        var items = Enumerable.Range(0, 50).Select(i => Event($"{i}", $"u{i}") with { Index = i }).ToArray();
        items[17] = items[17] with { PropertiesJson = """{"a": "\u0000"}""" };
        items[31] = items[31] with { UnitId = "x\0y" };

        var receipt = await _world.SendAsync(Batch.Of(World.Noon, items));
        var good = await _world.SendAsync(Batch.Of(World.Noon, Event("17", "u17")));

        Assert.Equal(48, receipt.Accepted);
        Assert.Equal([17, 31], receipt.Rejected.Select(item => item.Index));
        Assert.Equal(1, good.Accepted);
        Assert.Equal(49, await _world.CountAsync("events"));
        Assert.Equal(1, await _world.CountAsync("dead_letters WHERE reason LIKE '22P05%'"));
        Assert.Equal(2, await _world.CountAsync("dead_letters"));
        var entry = await EntryAsync("event");
        Assert.Equal((51, 49, 2), (entry.Received, entry.Counted, entry.DeadLettered));
    }

    [Fact]
    public async Task An_idempotency_key_that_cannot_be_stored_costs_only_its_own_request()
    {
        var bad = _world.Buffer.AppendAsync(Batch.Of(World.Noon, Event("1", "u")) with { BatchKey = "\ud800" }, CancellationToken.None);
        var good = _world.Buffer.AppendAsync(Batch.Of(World.Noon, Event("2", "u")) with { BatchKey = "key" }, CancellationToken.None);

        Assert.Equal(ErrorCode.ValidationFailed, (await bad).Problem?.Code);
        Assert.True((await good).IsOk);
    }

    [Fact]
    public async Task An_id_whose_first_holder_died_is_free_for_the_next_item_of_the_batch()
    {
        var receipt = await _world.SendAsync(Batch.Of(
            World.Noon, Event("1", "u1") with { PropertiesJson = """{"a": "\u0000"}""" }, Event("1", "u1") with { Index = 1 }));

        Assert.Equal(1, receipt.Accepted);
        Assert.Equal(0, Assert.Single(receipt.Rejected).Index);
    }

    [Fact]
    public async Task Killed_backends_cost_no_acknowledged_item_and_count_none_twice()
    {
        await _world.SendAsync(Batch.Of(World.Noon, Event("first", "u")));
        var killing = true;
        var killer = Task.Run(async () =>
        {
            while (Volatile.Read(ref killing))
            {
                await _world.ExecuteAsync(
                    """
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                    """);
            }
        });

        var refused = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), async (client, _) =>
        {
            for (var i = 0; i < 10; i++)
            {
                var batch = Batch.Of(World.Noon, Event($"{client}-{i}-a", "u"), Event($"{client}-{i}-b", "u"), Event(null, "anonymous"))
                    with { BatchKey = $"{client}-{i}" };
                while (true)
                {
                    try
                    {
                        Assert.Equal(3, (await _world.SendAsync(batch)).Accepted);
                        break;
                    }
                    catch (StorageUnavailableException)
                    {
                        Interlocked.Increment(ref refused);
                    }
                }
            }
        });
        Volatile.Write(ref killing, false);
        try
        {
            await killer;
        }
        catch (NpgsqlException)
        {
            // The killer may have met a pool that a writer cleared.
        }

        Assert.Equal(481, await _world.CountAsync("events"));
        Assert.Equal(160, await _world.CountAsync("events WHERE unit_id = 'anonymous'"));
        var entry = await EntryAsync("event");
        Assert.Equal(entry.Received, entry.Counted + entry.Duplicate);
        Assert.Equal(481, entry.Counted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_in_doubt_that_had_happened_is_found_by_the_repeat(bool aggregated)
    {
        await _world.Partitions.KeepAsync(CancellationToken.None);
        await using var writer = new IngestWriter(_world.Database, _world.Partitions, new ExposureRouter());
        PendingBatch[] group = [new PendingBatch(Batch.Of(World.Noon, Event(null, "u1"), Event("2", "u2")) with { BatchKey = "key" })];
        var number = await writer.NextBatchIdAsync();
        var answers = new IngestReceipt[1];
        Assert.True(await writer.WriteAsync(group, number, false, answers));
        if (aggregated)
        {
            await _world.Aggregator.AggregateAsync(CancellationToken.None);
        }

        var isNew = await writer.WriteAsync(group, number, false, new IngestReceipt[1]);

        Assert.False(isNew);
        Assert.Equal(2, answers[0].Accepted);
        Assert.Equal(2, await _world.CountAsync("events"));
        Assert.Equal(2, (await EntryAsync("event")).Received);
    }

    [Fact]
    public async Task A_database_that_cannot_write_answers_unavailable_and_stores_nothing()
    {
        await _world.ExecuteAsync("ALTER DATABASE " + await _world.ScalarAsync("SELECT current_database()::text") + " SET default_transaction_read_only = on");
        _world.Database.Clear();

        await Assert.ThrowsAsync<StorageUnavailableException>(() => _world.SendAsync(Batch.Of(World.Noon, Event("1", "u"))));

        Assert.Equal(0, await _world.CountAsync("events"));
        Assert.Equal(0, _world.Buffer.WaitingItems);
    }

    [Fact]
    public async Task A_full_buffer_refuses_and_takes_again_once_it_has_written()
    {
        // The writers wait for an open transaction that holds the barrier.
        await using var connection = await _world.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Storage.Database.AdvisoryLocks.Ingest})", connection);
        await hold.ExecuteNonQueryAsync();
        var many = Enumerable.Range(0, Limits.ItemsPerBatch).Select(i => Event(null, $"u{i}")).ToArray();
        var waiting = Enumerable.Range(0, PostgresEventBuffer.CapacityItems / many.Length)
            .Select(_ => _world.Buffer.AppendAsync(Batch.Of(World.Noon, many), CancellationToken.None)).ToList();

        var refused = await _world.Buffer.AppendAsync(Batch.Of(World.Noon, Event(null, "one too many")), CancellationToken.None);
        await transaction.RollbackAsync();
        var answers = await Task.WhenAll(waiting);

        Assert.Equal(ErrorCode.BufferFull, refused.Problem?.Code);
        Assert.All(answers, answer => Assert.True(answer.IsOk));
        Assert.Equal(PostgresEventBuffer.CapacityItems, await _world.CountAsync("events"));
        Assert.Equal(1, (await _world.SendAsync(Batch.Of(World.Noon, Event(null, "again")))).Accepted);
    }

    [Fact]
    public async Task The_ledger_balances_after_a_mess_of_concurrent_clients()
    {
        const int seed = 20_260_310;
        await _world.AddExperimentAsync("open", Grains.Interfaces.Experiments.AssignmentMode.External);
        await _world.AddExperimentAsync("closed");
        long sent = 0, accepted = 0, duplicates = 0, refused = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), async (client, _) =>
        {
            var random = new Random(seed + client);
            for (var i = 0; i < 25; i++)
            {
                var batch = Mess(random);
                var receipt = await _world.SendAsync(batch);
                Interlocked.Add(ref sent, batch.Exposures.Length + batch.Events.Length + batch.Rejected.Length);
                Interlocked.Add(ref accepted, receipt.Accepted);
                Interlocked.Add(ref duplicates, receipt.Duplicates);
                Interlocked.Add(ref refused, receipt.Rejected.Length);
                if (random.Next(5) == 0)
                {
                    await _world.Aggregator.AggregateAsync(CancellationToken.None);
                }
            }
        });

        var entries = await _world.Ledger.ReadAsync(CancellationToken.None);

        Assert.All(entries, entry => Assert.Equal(
            entry.Received,
            entry.Counted + entry.Duplicate + entry.Quarantined + entry.Rejected + entry.DeadLettered + entry.Pending));
        Assert.Equal(sent, entries.Sum(entry => entry.Received));
        Assert.Equal(accepted, entries.Sum(entry => entry.Counted + entry.Quarantined));
        Assert.Equal(duplicates, entries.Sum(entry => entry.Duplicate));
        Assert.Equal(refused, entries.Sum(entry => entry.Rejected + entry.DeadLettered));
        Assert.Equal(entries[0].Counted, await _world.CountAsync("exposures WHERE quarantine_reason IS NULL"));
        Assert.Equal(entries[0].Quarantined, await _world.CountAsync("exposures WHERE quarantine_reason IS NOT NULL"));
        Assert.Equal(entries[1].Counted, await _world.CountAsync("events"));
        Assert.Equal(entries[1].Late, await _world.CountAsync("events WHERE late"));
        Assert.True(entries.All(entry => entry is { Counted: > 0, Duplicate: > 0, Rejected: > 0, DeadLettered: > 0 }), $"seed {seed}: {string.Join(' ', entries)}");
    }

    private static IngestBatch Mess(Random random)
    {
        var rejected = Enumerable.Range(0, random.Next(3)).Select(i => new RejectedItem(100 + i, ErrorCode.InvalidItem, "bad")).ToImmutableArray();
        var isExposure = random.Next(2) == 0;
        var items = Enumerable.Range(0, random.Next(20))
            .Select(i => (Index: i, Number: random.Next(300), IsNamed: random.Next(4) > 0, IsChanged: random.Next(20) == 0)).ToList();
        var bad = items.Count > 0 && random.Next(3) == 0 ? items[0].Number : -1;
        return new IngestBatch(
            "web",
            null,
            World.Noon,
            isExposure ? [.. items.Select(item => new ExposureItem(
                item.Index, item.IsNamed ? $"{item.Number}" : null, item.Number == bad ? "\0" : $"u{item.Number % 40}",
                (item.Number % 3) switch { 0 => "open", 1 => "closed", _ => "none" }, item.IsChanged ? "b" : "a", World.Noon))] : [],
            isExposure ? [] : [.. items.Select(item => new EventItem(
                item.Index, item.IsNamed ? $"{item.Number}" : null, $"u{item.Number % 40}", item.IsChanged ? "sell" : "buy",
                World.Noon.AddDays(-(item.Number % 12)), item.Number == bad ? """{"a": "\u0000"}""" : null))],
            rejected)
        {
            Kind = isExposure ? IngestKind.Exposure : IngestKind.Event,
        };
    }

    private static EventItem Event(string? id, string unit) => Batch.Event(id, unit, World.Noon);

    private async Task<LedgerEntry> EntryAsync(string kind) =>
        (await _world.Ledger.ReadAsync(CancellationToken.None)).Single(entry => entry.Kind == kind);
}
