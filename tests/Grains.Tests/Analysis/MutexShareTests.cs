using System.Text.Json;
using Splitstream.Grains.Analysis;
using Splitstream.Grains.Interfaces.Metrics;

namespace Splitstream.Grains.Tests.Analysis;

/// <summary>What a snapshot says of the units that its mutex group left to others.</summary>
public sealed class MutexShareTests
{
    [Fact]
    public void The_shares_are_of_all_units_of_the_group_and_of_those_held_now()
    {
        var mutex = Case.Body(With(new GroupClaims("group", Case.Start, 200, 50, 40, 120))).GetProperty("mutex");

        Assert.Equal(0.25, mutex.GetProperty("shareClaimedAtStart").GetDouble());
        Assert.Equal(0.25, mutex.GetProperty("shareClaimedByOthers").GetDouble());
    }

    [Fact]
    public void A_group_without_units_has_no_shares()
    {
        var mutex = Case.Body(With(new GroupClaims("group", Case.Start, 0, 0, 0, 0))).GetProperty("mutex");

        Assert.Equal(JsonValueKind.Null, mutex.GetProperty("shareClaimedAtStart").ValueKind);
        Assert.Equal(JsonValueKind.Null, mutex.GetProperty("shareClaimedByOthers").ValueKind);
    }

    [Fact]
    public void Without_a_group_neither_result_nor_inputs_mention_one()
    {
        var input = With(null);

        Assert.False(Case.Body(input).TryGetProperty("mutex", out _));
        Assert.DoesNotContain("claims", CanonicalJson.Write(input), StringComparison.Ordinal);
    }

    [Fact]
    public void The_input_hash_covers_the_counts_and_not_the_moment_they_were_taken()
    {
        var claims = new GroupClaims("group", Case.Start, 200, 50, 40, 120);

        Assert.Equal(HashOf(With(claims)), HashOf(With(claims with { AsOf = Case.Start.AddHours(1) })));
        Assert.NotEqual(HashOf(With(claims)), HashOf(With(claims with { ClaimedByOthers = 41 })));
        Assert.NotEqual(HashOf(With(claims)), HashOf(With(null)));
    }

    [Fact]
    public void Stored_inputs_give_the_same_result_again()
    {
        var input = With(new GroupClaims("group", Case.Start.AddTicks(70), 200, 50, 40, 120));

        var again = CanonicalJson.ReadInput(CanonicalJson.Write(input));

        Assert.Equal(input.Data.Claims, again.Data.Claims);
        Assert.Equal(Case.Body(input).GetRawText(), Case.Body(again).GetRawText());
    }

    private static ResultsInput With(GroupClaims? claims)
    {
        var input = Case.Of(3_000);
        return input with { Data = input.Data with { Claims = claims } };
    }

    private static string HashOf(ResultsInput input) => Case.Body(input).GetProperty("inputHash").GetString()!;
}
