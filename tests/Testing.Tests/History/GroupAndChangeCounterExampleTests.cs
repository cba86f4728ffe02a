using Splitstream.Testing.History;
using static Splitstream.Testing.Tests.History.Story;

namespace Splitstream.Testing.Tests.History;

/// <summary>Promise 2, and stops and edits, broken by hand: each is found, and shown with no more facts than it takes.</summary>
public sealed class GroupAndChangeCounterExampleTests
{
    [Fact]
    public void Two_claims_of_a_unit_at_once() => new Story()
        .Claim("u", "left", 1, released: 5).Claim("u", "right", 4)
        .ShowsFirst(
            """
            Claims of a unit in a group never overlap in time.
              claim: group u by left from 2030-01-01T00:00:01.0000000Z until 2030-01-01T00:00:05.0000000Z
              claim: group u by right from 2030-01-01T00:00:04.0000000Z
            """);

    [Fact]
    public void Two_experiments_of_a_group_told_in_one_answer()
    {
        var found = new Story()
            .Assign(0, 1, "u", Told("left", "a", 1, "assigned"), Told("right", "b", 1, "assigned"))
            .Row("left", "u", "a", 1).Row("right", "u", "b", 1).Check();

        Assert.Equal("No unit is told two experiments of one group.", found[0].Promise);
        Assert.Single(found[0].Records);
        Assert.Equal(["claim: u has none"], found[0].Rows);
    }

    [Fact]
    public void Two_experiments_of_a_group_told_to_two_clients() => new Story()
        .Assign(0, 1, "u", Told("left", "a", 1, "assigned"))
        .Assign(0, 2, "u", Told("right", "b", 1, "assigned"))
        .Claim("u", "left", 1).Row("left", "u", "a", 1).Row("right", "u", "b", 1)
        .ShowsFirst(
            """
            A row of an experiment in a group has its claim.
              row: right u = b, epoch 1, assigned 2030-01-01T00:00:01.0000000Z
              claim: group u by left from 2030-01-01T00:00:01.0000000Z
            """);

    [Fact]
    public void Two_experiments_of_a_group_are_shown_by_the_two_answers_too()
    {
        var found = new Story()
            .Assign(0, 1, "u", Told("left", "a", 1, "assigned"))
            .Assign(0, 2, "u", Told("right", "b", 1, "assigned"))
            .Claim("u", "left", 1).Row("left", "u", "a", 1).Row("right", "u", "b", 1).Check();

        var told = Assert.Single(found, violation => violation.Promise == "No unit is told two experiments of one group.");
        Assert.Equal(2, told.Records.Count);
        Assert.Equal("claim: group u by left from 2030-01-01T00:00:01.0000000Z", Assert.Single(told.Rows));
    }

    [Fact]
    public void A_released_claim_that_is_told_after_the_next() => new Story()
        .Assign(0, 1, "u", Told("left", "a", 1, "assigned"))
        .Assign(4, 5, "u", Told("right", "b", 5, "assigned"))
        .Assign(6, 7, "u", Told("left", "a", 1))
        .Row("left", "u", "a", 1).Row("right", "u", "b", 5)
        .Claim("u", "left", 1, released: 3).Claim("u", "right", 5)
        .ShowsFirst(
            """
            No answer speaks of a claim after the next one was told.
                   4.000 ..      5.000 ms  client -> 8081  assign u [right]: right=b (assigned 2030-01-01T00:00:05.0000000Z)
                   6.000 ..      7.000 ms  client -> 8081  assign u [left]: left=a (sticky 2030-01-01T00:00:01.0000000Z)
              claim: group u by left from 2030-01-01T00:00:01.0000000Z until 2030-01-01T00:00:03.0000000Z
            """);

    [Fact]
    public void A_unit_held_out_by_nobody() => new Story()
        .Assign(0, 1, "u", Nothing("left", "mutex_holdout"))
        .ShowsFirst(
            """
            A unit is held out by another experiment's claim only.
                   0.000 ..      1.000 ms  client -> 8081  assign u [left]: left=null (mutex_holdout)
              claim: u has none
            """);

    [Theory]
    [InlineData(ChangeKind.Stop)]
    [InlineData(ChangeKind.Close)]
    [InlineData(ChangeKind.Pause)]
    [InlineData(ChangeKind.Archive)]
    public void A_unit_assigned_after_an_answered_end(ChangeKind kind) => new Story()
        .AssignFails(0, 1, "u", "free")
        .Change(2, 3, "free", kind)
        .Assign(3, 5, "w", Told("free", "a", 1, "assigned"))
        .Assign(4, 5, "u", Told("free", "a", 1, "assigned"))
        .Row("free", "u", "a", 1).Row("free", "w", "a", 1)
        .ShowsFirst(
            $"""
            Nobody is assigned after an answered stop, close, pause or archive.
                   2.000 ..      3.000 ms  client -> 8081  {kind.ToString().ToLowerInvariant()} free: done
                   4.000 ..      5.000 ms  client -> 8081  assign u [free]: free=a (assigned 2030-01-01T00:00:01.0000000Z)
            """);

    [Fact]
    public void A_row_whose_first_request_came_after_the_stop_though_no_answer_says_assigned() => new Story()
        .Change(2, 3, "free", ChangeKind.Stop)
        .AssignFails(4, 5, "u", "free")
        .Row("free", "u", "a", 1)
        .ShowsFirst(
            """
            Nobody is assigned after an answered stop, close, pause or archive.
                   2.000 ..      3.000 ms  client -> 8081  stop free: done
                   4.000 ..      5.000 ms  client -> 8081  assign u [free]: no answer
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z
            """);

    [Fact]
    public void A_variant_of_a_paused_experiment() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Change(2, 3, "free", ChangeKind.Pause)
        .Assign(4, 5, "u", Told("free", "a", 1))
        .Row("free", "u", "a", 1)
        .ShowsFirst(
            """
            A paused or archived experiment answers no variant.
                   2.000 ..      3.000 ms  client -> 8081  pause free: done
                   4.000 ..      5.000 ms  client -> 8081  assign u [free]: free=a (sticky 2030-01-01T00:00:01.0000000Z)
            """);

    [Fact]
    public void A_unit_assigned_under_weights_that_were_replaced() => new Story()
        .AssignFails(0, 1, "u", "free")
        .Change(2, 3, "free", ChangeKind.Edit, epoch: 2)
        .Assign(4, 5, "u", Told("free", "a", 1, "assigned"))
        .Row("free", "u", "a", 1)
        .ShowsFirst(
            """
            Nobody is assigned under an epoch that an answered edit closed.
                   2.000 ..      3.000 ms  client -> 8081  edit free: done, epoch 2
                   4.000 ..      5.000 ms  client -> 8081  assign u [free]: free=a (assigned 2030-01-01T00:00:01.0000000Z)
              row: free u = a, epoch 1, assigned 2030-01-01T00:00:01.0000000Z
            """);

    [Fact]
    public void A_unit_assigned_under_weights_before_they_were_set() => new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Change(2, 3, "free", ChangeKind.Edit, epoch: 2)
        .Row("free", "u", "a", 1, epoch: 2)
        .ShowsFirst(
            """
            Nobody is assigned under an epoch before it is opened.
                   0.000 ..      1.000 ms  client -> 8081  assign u [free]: free=a (assigned 2030-01-01T00:00:01.0000000Z)
                   2.000 ..      3.000 ms  client -> 8081  edit free: done, epoch 2
              row: free u = a, epoch 2, assigned 2030-01-01T00:00:01.0000000Z
            """);
}
