using Splitstream.Testing.History;
using static Splitstream.Testing.Tests.History.Story;

namespace Splitstream.Testing.Tests.History;

/// <summary>Promises 1 and 3 broken by hand: each is found, and shown with no more facts than it takes.</summary>
public sealed class CounterExampleTests
{
    [Fact]
    public void Two_variants_of_one_row() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Assign(2, 3, "u", Told("free", "b", 1))
        .Row("free", "u", "a", 1)
        .ShowsFirst(
            """
            A variant that was told is that of a row.
                   2.000 ..      3.000 ms  client -> 8081  assign u [free]: free=b (sticky 2030-01-01T00:00:01.0000000Z)
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z
            """);

    [Fact]
    public void A_row_that_was_told_and_is_lost() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .ShowsFirst(
            """
            A variant that was told is that of a row.
                   0.000 ..      1.000 ms  client -> 8081  assign u [free]: free=a (assigned 2030-01-01T00:00:01.0000000Z)
              row: free u has none
            """);

    [Fact]
    public void An_old_row_after_the_rebucket_that_ended_it_was_answered() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Rebucket(10, 20, "u", "free", "a")
        .Assign(21, 22, "u", Told("free", "a", 1))
        .Row("free", "u", "a", 1, ended: 2)
        .ShowsFirst(
            """
            A unit has one variant: no answer speaks of a row that had ended before it was asked.
                  10.000 ..     20.000 ms  client -> 8081  rebucket u in free: was a
                  21.000 ..     22.000 ms  client -> 8081  assign u [free]: free=a (sticky 2030-01-01T00:00:01.0000000Z)
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z, ended 2030-01-01T00:00:02.0000000Z
            """);

    [Fact]
    public void An_old_row_after_the_new_one_was_told_while_the_rebucket_is_still_open() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Rebucket(10, 99, "u", "free", "a")
        .Assign(11, 12, "u", Told("free", "b", 2, "assigned"))
        .Assign(13, 14, "u", Told("free", "a", 1))
        .Row("free", "u", "a", 1, ended: 2).Row("free", "u", "b", 2)
        .ShowsFirst(
            """
            A unit has one variant: no answer speaks of a row that had ended before it was asked.
                  11.000 ..     12.000 ms  client -> 8081  assign u [free]: free=b (assigned 2030-01-01T00:00:02.0000000Z)
                  13.000 ..     14.000 ms  client -> 8081  assign u [free]: free=a (sticky 2030-01-01T00:00:01.0000000Z)
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z, ended 2030-01-01T00:00:02.0000000Z
            """);

    [Fact]
    public void An_old_row_after_the_second_of_two_rebuckets_was_answered() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Rebucket(10, 20, "u", "free", "a")
        .Assign(21, 22, "u", Told("free", "b", 2, "assigned"))
        .Assign(23, 24, "u", Told("free", "b", 2))
        .Rebucket(30, 40, "u", "free", "b")
        .Assign(41, 42, "u", Told("free", "b", 2))
        .Row("free", "u", "a", 1, ended: 2).Row("free", "u", "b", 2, ended: 3)
        .ShowsFirst(
            """
            A unit has one variant: no answer speaks of a row that had ended before it was asked.
                  10.000 ..     20.000 ms  client -> 8081  rebucket u in free: was a
                  30.000 ..     40.000 ms  client -> 8081  rebucket u in free: was b
                  41.000 ..     42.000 ms  client -> 8081  assign u [free]: free=b (sticky 2030-01-01T00:00:02.0000000Z)
              row: free u = b, epoch 1, assigned 2030-01-01T00:00:02.0000000Z, ended 2030-01-01T00:00:03.0000000Z
            """);

    [Fact]
    public void A_new_row_before_anybody_asked_for_a_rebucket() => new Story()
        .Assign(0, 1, "u", Told("free", "b", 2))
        .Rebucket(10, 20, "u", "free", "a")
        .Row("free", "u", "a", 1, ended: 2).Row("free", "u", "b", 2)
        .ShowsFirst(
            """
            A unit has one variant: no answer speaks of a new row before the rebucket that ended the old one.
                   0.000 ..      1.000 ms  client -> 8081  assign u [free]: free=b (sticky 2030-01-01T00:00:02.0000000Z)
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z, ended 2030-01-01T00:00:02.0000000Z
              row: free u = b, epoch 1, assigned 2030-01-01T00:00:02.0000000Z
            """);

    [Fact]
    public void A_unit_that_was_told_a_variant_and_is_then_told_none() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Assign(0, 5, "u", Told("free", "a", 1))
        .Assign(2, 3, "u", Nothing("free", "not_in_traffic"))
        .Row("free", "u", "a", 1)
        .ShowsFirst(
            """
            A unit that was told a variant keeps it.
                   0.000 ..      1.000 ms  client -> 8081  assign u [free]: free=a (assigned 2030-01-01T00:00:01.0000000Z)
                   2.000 ..      3.000 ms  client -> 8081  assign u [free]: free=null (not_in_traffic)
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z
            """);

    [Fact]
    public void A_row_that_ended_though_nobody_asked_for_it() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Row("free", "u", "a", 1, ended: 2)
        .ShowsFirst(
            """
            A row ends by a rebucket only.
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z, ended 2030-01-01T00:00:02.0000000Z
            """);

    [Fact]
    public void A_rebucket_that_was_answered_and_ended_nothing() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Rebucket(10, 20, "u", "free", "a")
        .Row("free", "u", "a", 1)
        .ShowsFirst(
            """
            A rebucket that was answered ended a row.
                  10.000 ..     20.000 ms  client -> 8081  rebucket u in free: was a
              row: free u has none that ended
            """);

    [Fact]
    public void A_rebucket_that_names_another_variant_than_it_ended() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Rebucket(10, 20, "u", "free", "b")
        .Row("free", "u", "a", 1, ended: 2)
        .ShowsFirst(
            """
            A rebucket answers the variant of the row that it ended.
                  10.000 ..     20.000 ms  client -> 8081  rebucket u in free: was b
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z, ended 2030-01-01T00:00:02.0000000Z
            """);

    [Fact]
    public void A_row_that_nobody_asked_for() => new Story()
        .Row("free", "u", "a", 1)
        .ShowsFirst(
            """
            A unit that nobody asked for has no row.
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z
            """);

    [Fact]
    public void A_counted_exposure_of_a_row_that_has_ended() => Exposed("a", superseded: false)
        .ShowsFirst(
            """
            A counted exposure names the variant of its unit's row.
              exposure: x of free u = a
              row: free u = b, epoch 1, assigned 2030-01-01T00:00:03.0000000Z
            """);

    [Fact]
    public void A_superseded_exposure_of_the_row_that_lives() => Exposed("b", superseded: true)
        .ShowsFirst(
            """
            A counted exposure names the variant of its unit's row.
              exposure: x of free u = b, superseded
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z, ended 2030-01-01T00:00:02.0000000Z
            """);

    [Fact]
    public void An_acknowledged_event_that_is_lost() => new Story()
        .Send(0, 1, ItemKind.Event, 202, "e1", "e2")
        .Events("e1")
        .ShowsFirst(
            """
            An acknowledged event is stored.
                   0.000 ..      1.000 ms  client -> 8081  send events [e1, e2]: acknowledged
              event: e2 is not stored
            """);

    [Fact]
    public void An_event_stored_twice() => new Story()
        .Send(0, 1, ItemKind.Event, null, "e")
        .Send(2, 3, ItemKind.Event, 202, "e")
        .Events("e", "e")
        .ShowsFirst(
            """
            Nothing is stored twice.
              event: e is stored 2 times
            """);

    [Fact]
    public void An_event_that_nobody_sent() => new Story()
        .Events("e")
        .ShowsFirst(
            """
            Nothing is stored that nobody sent.
              event: e
            """);

    [Fact]
    public void A_ledger_that_does_not_add_up() => new Story()
        .Ledger(new(ItemKind.Event, Received: 3, Counted: 1, Duplicate: 1, Quarantined: 0, Rejected: 0, Dead: 0, Stored: 1))
        .ShowsFirst(
            """
            The ledger adds up.
              ledger: events received 3, counted 1, duplicate 1, quarantined 0, rejected 0, dead 0; stored 1
            """);

    private static Story Exposed(string variant, bool superseded) => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Send(2, 3, ItemKind.Exposure, 202, "x")
        .Rebucket(4, 5, "u", "free", "a")
        .Row("free", "u", "a", 1, ended: 2).Row("free", "u", "b", 3)
        .Exposure("x", "free", "u", variant, superseded);

    [Theory]
    [InlineData(500, true, "No 5xx but 503.")]
    [InlineData(503, false, "A refusal that may be repeated carries Retry-After.")]
    public void A_refusal_that_leaves_the_client_alone(int status, bool retryAfter, string promise) => new Story()
        .AssignFails(0, 1, "u", "free", status, retryAfter)
        .ShowsFirst(
            $"""
            {promise}
                   0.000 ..      1.000 ms  client -> 8081  assign u [free]: HTTP {status}
            """);
}
