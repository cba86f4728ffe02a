using Splitstream.Grains.Interfaces.Assignments;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Storage.Assignments;
using Splitstream.Storage.Database;
using Splitstream.Testing;

namespace Splitstream.Database.Tests;

/// <summary>Promise 4: primary keys decide, whoever else claims at the same time; and nothing is answered that is not committed.</summary>
public sealed class ClaimWriterTests : IAsyncLifetime
{
    private const int Units = 400;
    private const int Rounds = 40;
    private static readonly string[] Variants = ["a", "b", "c"];
    private World _world = null!;
    private ExperimentState _experiment = null!;

    [Fact]
    public async Task The_loser_of_a_race_is_told_what_the_winner_committed()
    {
        await using var writer = new ClaimWriter(_world.Database);
        await using var winner = await _world.Database.OpenConnectionAsync();
        await using var transaction = await winner.BeginTransactionAsync();
        await winner.ExecuteAsync(
            "INSERT INTO assignments VALUES ($1, 'unit', 'b', 1, now())", CancellationToken.None, _experiment.Id);

        var losing = writer.ClaimAsync(Claim("unit", "a"));
        await UntilBlockedAsync();
        await transaction.CommitAsync();
        var answer = await losing;

        Assert.Equal((ClaimStatus.Assigned, "b", false), (answer.Status, answer.Variant, answer.IsNew));
    }

    [Fact]
    public async Task Writers_of_several_servers_that_claim_the_same_units_at_once_agree_on_each()
    {
        await using var first = new ClaimWriter(_world.Database);
        await using var second = new ClaimWriter(_world.Database);
        ClaimWriter[] writers = [first, second];

        var answers = await Task.WhenAll(Enumerable.Range(0, Units).SelectMany(unit => Variants.Select(async (variant, i) =>
            (Unit: unit, Answer: await writers[(unit + i) % writers.Length].ClaimAsync(Claim($"unit-{unit}", variant))))));

        Assert.All(answers.GroupBy(answer => answer.Unit), unit =>
        {
            Assert.Single(unit.Select(answer => (answer.Answer.Variant, answer.Answer.AssignedAt)).Distinct());
            Assert.Single(unit, answer => answer.Answer.IsNew);
        });
        Assert.Equal(Units, await _world.CountAsync("assignments"));
    }

    [Fact]
    public async Task What_is_answered_can_be_read_by_everybody()
    {
        await using var writer = new ClaimWriter(_world.Database);
        for (var unit = 0; unit < Rounds; unit++)
        {
            await writer.ClaimAsync(Claim($"unit-{unit}", "a"));
            Assert.Equal(unit + 1, await _world.CountAsync("assignments"));
        }
    }

    [Fact]
    public async Task Batches_of_the_same_units_in_opposite_orders_do_not_wait_for_each_other_in_a_circle()
    {
        await using var first = new ClaimWriter(_world.Database);
        await using var second = new ClaimWriter(_world.Database);
        for (var round = 0; round < Rounds; round++)
        {
            var units = Enumerable.Range(0, Units).Select(unit => $"unit-{round}-{unit}").ToList();
            await Task.WhenAll(units.Select(unit => first.ClaimAsync(Claim(unit, "a")))
                .Concat(units.AsEnumerable().Reverse().Select(unit => second.ClaimAsync(Claim(unit, "b")))));
        }

        var deadlocks = await _world.ScalarAsync("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
        Assert.Equal(0L, deadlocks);
        Assert.DoesNotContain(await DatabaseNameAsync() + " ERROR:  deadlock detected", await File.ReadAllTextAsync(PostgresServer.Shared.LogFile));
    }

    public async Task InitializeAsync()
    {
        _world = await World.CreateAsync();
        _experiment = await _world.AddExperimentAsync("contested");
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private ClaimProposal Claim(string unit, string variant) => new(_experiment.Id, unit, variant, 1, _experiment.Version, null);

    private async Task<string> DatabaseNameAsync() => (string)(await _world.ScalarAsync("SELECT current_database()"))!;

    private Task UntilBlockedAsync() => Until.TrueAsync(async () =>
        await _world.CountAsync("pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0);
}
