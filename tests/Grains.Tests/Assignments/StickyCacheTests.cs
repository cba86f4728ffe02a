using Splitstream.Grains.Assignments;

namespace Splitstream.Grains.Tests.Assignments;

public sealed class StickyCacheTests
{
    private const long Experiment = 7;
    private const int Variant = 2;
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly UInt128 Unit = new(0x1234_5678_9abc_def0, 0x0fed_cba9_8765_4321);
    private readonly StickyCache _cache = new(100_000);

    [Fact]
    public void A_row_is_found_as_it_was_filled_in()
    {
        _cache.Fill(Experiment, Unit, Variant, At, _cache.Generation(Experiment));

        Assert.True(_cache.TryGet(Experiment, Unit, out var variant, out var at));
        Assert.Equal((Variant, At), (variant, at));
        Assert.False(_cache.TryGet(Experiment + 1, Unit, out _, out _));
    }

    [Fact]
    public void A_fill_whose_reading_began_before_an_invalidation_is_dropped()
    {
        var before = _cache.Generation(Experiment);
        _cache.Invalidate(Experiment, Unit);
        _cache.Fill(Experiment, Unit, Variant, At, before);

        Assert.False(_cache.TryGet(Experiment, Unit, out _, out _));
    }

    [Fact]
    public void A_fill_whose_reading_began_before_all_was_forgotten_is_dropped()
    {
        var before = _cache.Generation(Experiment);
        _cache.Clear();
        _cache.Fill(Experiment, Unit, Variant, At, before);

        Assert.False(_cache.TryGet(Experiment, Unit, out _, out _));
    }

    [Fact]
    public void An_invalidated_row_is_gone_and_its_neighbours_stay()
    {
        const int rows = 200;
        for (var i = 0; i < rows; i++)
        {
            _cache.Fill(Experiment, Unit + (UInt128)i, Variant, At, _cache.Generation(Experiment));
        }

        for (var i = 0; i < rows; i += 2)
        {
            _cache.Invalidate(Experiment, Unit + (UInt128)i);
        }

        Assert.All(Enumerable.Range(0, rows), i => Assert.Equal(i % 2 == 1, _cache.TryGet(Experiment, Unit + (UInt128)i, out _, out _)));
        Assert.Equal(rows / 2, _cache.Count);
    }
}
