using Splitstream.Grains.Analysis;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>When a look is due is decided from the last one alone.</summary>
public sealed class LookScheduleTests
{
    private static readonly TimeSpan Cadence = TimeSpan.FromHours(4);

    [Fact]
    public void Nothing_is_due_before_a_whole_cadence_has_passed() =>
        Assert.Null(LookSchedule.Due(Case.Start, Cadence, Case.Start.AddHours(4).AddTicks(-1)));

    [Fact]
    public void A_look_is_due_at_its_moment_and_stays_due_until_it_is_taken()
    {
        Assert.Equal(new DueLook(Case.Start.AddHours(4), 0), LookSchedule.Due(Case.Start, Cadence, Case.Start.AddHours(4)));
        Assert.Equal(new DueLook(Case.Start.AddHours(4), 0), LookSchedule.Due(Case.Start, Cadence, Case.Start.AddHours(7)));
    }

    [Fact]
    public void Missed_looks_collapse_into_the_latest() =>
        Assert.Equal(new DueLook(Case.Start.AddHours(20), 4), LookSchedule.Due(Case.Start, Cadence, Case.Start.AddHours(21)));

    [Fact]
    public void A_clock_behind_the_last_look_makes_nothing_due() =>
        Assert.Null(LookSchedule.Due(Case.Start, Cadence, Case.Start.AddDays(-2)));
}
