using System.Collections.Concurrent;
using Splitstream.Bucketing;
using Splitstream.Grains.Interfaces.Experiments;

namespace Splitstream.Cluster.Tests.Model;

/// <summary>The server against a model that is small enough to be right by reading it.</summary>
public sealed class ModelTests
{
    private const int SequencesPerSeed = 70;
    private const int SequencesPerDatabase = 50;
    private const int Servers = 4;

    private static readonly DecisionReason[] NotModelled =
        [DecisionReason.Holdout, DecisionReason.LayerExcluded, DecisionReason.Unavailable];

    private static int SequenceCount => Soak.Seeds * SequencesPerSeed;

    [Fact]
    public async Task Random_sequences_are_answered_and_stored_as_the_model_says()
    {
        var reasons = new ConcurrentDictionary<string, int>();
        await Parallel.ForEachAsync(
            Enumerable.Range(1, SequenceCount).Chunk(SequencesPerDatabase),
            new ParallelOptions { MaxDegreeOfParallelism = Servers },
            async (seeds, _) =>
            {
                await using var subject = await Subject.StartAsync();
                foreach (var seed in seeds)
                {
                    if (await Sequence.PlayAsync(subject, Sequence.Of(seed)) is { } difference)
                    {
                        var (steps, shortest) = await Sequence.ShrinkAsync(subject, Sequence.Of(seed), difference);
                        Assert.Fail($"Seed {seed}: {difference}\nShortest: {shortest}\n{string.Join('\n', steps)}");
                    }
                }

                foreach (var (reason, times) in subject.Reasons)
                {
                    reasons.AddOrUpdate(reason, times, (_, known) => known + times);
                }
            });

        // Sequences that never come to a reason would prove nothing of it.
        Assert.True(
            Enum.GetValues<DecisionReason>().Except(NotModelled).All(reason => reasons.ContainsKey(reason.ToCode())),
            string.Join(", ", reasons));
    }

    [Theory]
    [InlineData(nameof(EditWeights), 3)]
    [InlineData(nameof(Rebucket), 4)]
    [InlineData(nameof(LifecycleAction.Close), 3)]
    [InlineData(nameof(LifecycleAction.Archive), 5)]
    public async Task A_model_that_misses_one_kind_of_step_is_found_wrong_and_the_sequence_shrinks_to_a_handful(string missed, int most)
    {
        bool IsMissed(Step step) => step.GetType().Name == missed || (step is Move move && move.Action.ToString() == missed);
        await using var subject = await Subject.StartAsync();
        for (var seed = 1; seed <= SequencesPerDatabase; seed++)
        {
            if (await Sequence.PlayAsync(subject, Sequence.Of(seed), IsMissed) is { } difference)
            {
                var (steps, shortest) = await Sequence.ShrinkAsync(subject, Sequence.Of(seed), difference, IsMissed);

                Assert.Contains(steps, IsMissed);
                Assert.True(steps.Count <= most, $"Seed {seed}: {shortest}\n{string.Join('\n', steps)}");
                return;
            }
        }

        Assert.Fail($"No sequence shows that the model misses {missed}.");
    }
}
