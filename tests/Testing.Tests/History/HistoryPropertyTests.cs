using Splitstream.Testing.History;

namespace Splitstream.Testing.Tests.History;

/// <summary>Over many simulated histories: what keeps the promises passes, and every single break is found.</summary>
public sealed class HistoryPropertyTests
{
    private const int Seeds = 100;

    public static TheoryData<string> Mutations => [.. Mutation.All.Select(mutation => mutation.Name)];

    [Fact]
    public void A_server_that_keeps_every_promise_passes()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (records, tables) = new HistorySimulator(seed).Run();
            var found = HistoryChecker.Check(records, tables);
            Assert.True(found.Count == 0, $"Seed {seed}: {found.FirstOrDefault()}");
        }
    }

    [Theory]
    [MemberData(nameof(Mutations))]
    public void One_break_anywhere_is_found(string name)
    {
        var mutation = Mutation.All.Single(mutation => mutation.Name == name);
        var broken = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (records, tables) = new HistorySimulator(seed).Run();
            if (mutation.Apply(new Random(seed), records, tables) is not { } changed) continue;
            broken++;
            Assert.True(HistoryChecker.Check(changed.Item1, changed.Item2).Count > 0, $"Seed {seed}: nothing was found.");
        }

        Assert.InRange(broken, Seeds / 4, Seeds);
    }

    [Fact]
    public void The_same_history_gives_the_same_words_in_whatever_order_it_was_recorded()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var (records, tables) = new HistorySimulator(seed).Run();
            var random = new Random(seed);
            if (Mutation.All[random.Next(Mutation.All.Count)].Apply(random, records, tables) is not { } changed) continue;
            var shuffled = changed.Item1.ToArray();
            random.Shuffle(shuffled);
            Assert.Equal(Words(changed.Item1, changed.Item2), Words(shuffled, changed.Item2));
        }
    }

    private static string Words(IEnumerable<HistoryRecord> records, TableState tables) =>
        string.Join('\n', HistoryChecker.Check(records, tables));
}
