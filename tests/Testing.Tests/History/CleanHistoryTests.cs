using Splitstream.Testing.History;
using static Splitstream.Testing.Tests.History.Story;

namespace Splitstream.Testing.Tests.History;

/// <summary>What may happen is not called a violation.</summary>
public sealed class CleanHistoryTests
{
    [Fact]
    public void An_empty_history_over_empty_tables_keeps_every_promise() => Assert.Empty(new Story().Check());

    [Fact]
    public void An_answer_that_overlaps_a_rebucket_may_be_of_either_row() => Assert.Empty(new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Rebucket(10, 20, "u", "free", "a")
        .Assign(12, 24, "u", Told("free", "b", 2, "assigned"))
        .Assign(11, 19, "u", Told("free", "a", 1))
        .Assign(19, 25, "u", Told("free", "a", 1))
        .Assign(20, 25, "u", Nothing("free", "not_in_traffic"))
        .Assign(26, 27, "u", Told("free", "b", 2))
        .Row("free", "u", "a", 1, ended: 2).Row("free", "u", "b", 2).Check());

    [Fact]
    public void A_rebucket_without_an_answer_may_have_happened_or_not()
    {
        var asked = () => new Story().Assign(0, 1, "u", Told("free", "a", 1, "assigned")).Rebucket(10, 20, "u", "free", null, status: null);

        Assert.Empty(asked().Assign(30, 31, "u", Told("free", "a", 1)).Row("free", "u", "a", 1).Check());
        Assert.Empty(asked().Assign(30, 31, "u", Told("free", "b", 2)).Row("free", "u", "a", 1, ended: 2).Row("free", "u", "b", 2).Check());
        Assert.Empty(asked().Assign(30, 31, "u", Told("free", "a", 1)).Row("free", "u", "a", 1, ended: 2).Check());
    }

    [Fact]
    public void A_stale_answer_may_be_old() => Assert.Empty(new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Rebucket(10, 20, "u", "free", "a")
        .Assign(30, 31, "u", Told("free", "a", 1, stale: true))
        .Row("free", "u", "a", 1, ended: 2).Check());

    [Fact]
    public void A_failed_request_may_have_made_the_row() => Assert.Empty(new Story()
        .AssignFails(0, 1, "u", "free", 503)
        .Row("free", "u", "a", 1).Check());

    [Fact]
    public void A_paused_experiment_answers_nothing_and_the_same_row_when_it_is_resumed() => Assert.Empty(new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Change(2, 3, "free", ChangeKind.Pause)
        .Assign(4, 5, "u", Nothing("free", "not_running"))
        .Change(6, 7, "free", ChangeKind.Resume, epoch: 2)
        .Assign(8, 9, "u", Told("free", "a", 1))
        .Assign(8, 9, "v", Told("free", "a", 9, "assigned"))
        .Row("free", "u", "a", 1).Row("free", "v", "a", 9, epoch: 2).Check());

    [Fact]
    public void A_claim_may_follow_one_that_was_released_before() => Assert.Empty(new Story()
        .Assign(0, 1, "u", Told("left", "a", 1, "assigned"), Nothing("right", "mutex_holdout"))
        .Change(2, 3, "left", ChangeKind.Archive)
        .Assign(4, 5, "u", Nothing("left", "not_running"), Told("right", "b", 5, "assigned"))
        .Row("left", "u", "a", 1).Row("right", "u", "b", 5)
        .Claim("u", "left", 1, released: 3).Claim("u", "right", 5).Check());

    [Fact]
    public void Both_normal_forms_of_a_name_are_one_unit() => Assert.Empty(new Story()
        .Assign(0, 1, "cafe\u0301", Told("free", "a", 1, "assigned"))
        .Assign(2, 3, "caf\u00e9", Told("free", "a", 1))
        .Row("free", "caf\u00e9", "a", 1).Check());

    [Fact]
    public void What_was_sent_again_after_no_answer_is_stored_once_and_accounted_for() => Assert.Empty(new Story()
        .Assign(0, 1, "u", Told("free", "a", 1, "assigned"))
        .Send(2, 3, ItemKind.Event, null, "e1", "e2")
        .Send(4, 5, ItemKind.Event, 202, "e1", "e2")
        .Send(6, 7, ItemKind.Event, 503, "e3")
        .Send(8, 9, ItemKind.Exposure, 202, "x1", "x2")
        .Row("free", "u", "a", 1)
        .Events("e1", "e2")
        .Exposure("x1", "free", "u", "a").Exposure("x2", "free", "u", "b", reason: "variant_mismatch")
        .Ledger(new(ItemKind.Event, 4, 2, 2, 0, 0, 0, 2)).Ledger(new(ItemKind.Exposure, 2, 1, 0, 1, 0, 0, 2)).Check());
}
