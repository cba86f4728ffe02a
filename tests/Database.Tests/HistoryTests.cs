using System.Globalization;
using System.Text.Json;
using Splitstream.Grains.Interfaces.Events;
using Splitstream.Grains.Interfaces.Experiments;
using Splitstream.Grains.Interfaces.Metrics;
using Splitstream.Storage.Metrics;

namespace Splitstream.Database.Tests;

/// <summary>
/// A thousand seeded random histories: late commits, events before exposures, exposures that move earlier, duplicates, two sources,
/// rebuckets, pauses, metrics attached later, external units in two variants, missing values, events of every type of metric before and after
/// the first exposure and the assignment. After each the kept sums, the database's recompute and an independent one in C# are the same text.
/// </summary>
/// <remarks>The histories of a wave share transactions, so that the requests of one commit between those of another.</remarks>
public sealed class HistoryTests
{
    private const int HistoriesPerWave = 125;
    private const int Rounds = 5;
    private static readonly MetricDefinition[] Catalogue =
    [
        World.Metric("bought", MetricType.Conversion, "buy"),
        World.Metric("bought-soon", MetricType.Conversion, "buy", windowHours: 36),
        World.Metric("paid", MetricType.Conversion, "buy", "$.price", 24.5),
        World.Metric("visits", MetricType.Count, "visit", windowHours: 72),
        World.Metric("pages", MetricType.Count, "visit", "$.pages[1]"),
        World.Metric("revenue", MetricType.Mean, "buy", "$.price"),
        World.Metric("revenue-soon", MetricType.Mean, "buy", "$.price", 48),
        World.Metric("revenue-capped", MetricType.Mean, "buy", "$.price", 72, cap: 12.5),
        World.Metric("came-back", MetricType.Retention, "buy") with { StartHours = 12, EndHours = 60.5 },
        World.Metric("revenue-per-visit", MetricType.Ratio, "buy", "$.price", 72) with { Denominator = new("visit", null) },
        World.Metric("buys-per-page", MetricType.Ratio, "buy") with
        {
            Denominator = new("visit", "$.pages[1]"), LookbackDays = 9, HasCovariate = true,
        },
        World.Metric("paid-adjusted", MetricType.Conversion, "buy", "$.price", 36) with { HasCovariate = true },
        World.Metric("visits-adjusted", MetricType.Count, "visit", windowHours: 72) with { LookbackDays = 3, HasCovariate = true },
        World.Metric("revenue-adjusted", MetricType.Mean, "buy", "$.price", 48, cap: 12.5) with { HasCovariate = true },
        World.Metric("visits-top", MetricType.Count, "visit", windowHours: 72) with { Cap = new MetricBound(0.7, true) },
        World.Metric("revenue-top", MetricType.Mean, "buy", "$.price", 60) with { Cap = new MetricBound(0.9, true), HasCovariate = true },
        World.Metric("price-median", MetricType.Quantile, "buy", "$.price", 72) with { Quantile = 0.5 },
        World.Metric("price-high", MetricType.Quantile, "buy", "$.price") with { Quantile = 0.9 },
    ];

    public static TheoryData<int> Waves() => [.. Enumerable.Range(0, 8).Select(wave => wave * HistoriesPerWave)];

    [Theory]
    [MemberData(nameof(Waves))]
    public async Task Kept_sums_equal_a_recompute_from_raw_rows_to_the_last_digit(int firstSeed)
    {
        await using var world = await World.CreateAsync();
        foreach (var metric in Catalogue)
        {
            await world.AddMetricAsync(metric);
        }

        var histories = new List<History>();
        for (var seed = firstSeed; seed < firstSeed + HistoriesPerWave; seed++)
        {
            histories.Add(await History.BeginAsync(world, seed));
        }

        await using var second = new Aggregator(world.Database, world.Clock);
        var shared = new Random(firstSeed);
        for (var round = 0; round < Rounds; round++)
        {
            await RunRoundAsync(world, second, histories, shared, round);
        }

        await world.Sums.DrainAsync(CancellationToken.None);
        var oracle = await Oracle.LoadAsync(world);
        var rows = 0;
        await Parallel.ForEachAsync(histories, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (history, _) =>
            Interlocked.Add(ref rows, await CheckAsync(world, oracle, history)));

        // The histories must have something in them, or nothing was shown.
        Assert.True(rows > HistoriesPerWave, $"only {rows} rows of sums from seed {firstSeed}");
    }

    /// <summary>Requests of all histories, one of which commits only after the others and after two aggregations, then changes.</summary>
    private static async Task RunRoundAsync(World world, Aggregator second, List<History> histories, Random shared, int round)
    {
        var now = World.Noon.AddDays(round * 4);
        var kept = histories.Select(history => history.Items(now)).ToList();
        var (held, prompt) = (new List<object>(), new List<object>());
        foreach (var item in kept.SelectMany(items => items))
        {
            (shared.Next(4) == 0 ? held : prompt).Add(item);
        }

        // The held requests wait, before they hold any id themselves, for an id that an open transaction holds, with their batch number taken already.
        await using var connection = await world.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var hold = connection.CreateCommand();
        hold.CommandText = $"INSERT INTO ingest_ids VALUES (0, 'web', '!hold-{round}', gen_random_uuid(), 0, now())";
        await hold.ExecuteNonQueryAsync();
        var late = SendAsync(
            world, [new ExposureItem(0, $"!hold-{round}", "holder", "none", "a", now), .. held.OfType<ExposureItem>()], [], now);
        while (await world.CountAsync("pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
        {
            await Task.Yield();
        }

        await SendAsync(world, [.. prompt.OfType<ExposureItem>()], [.. prompt.OfType<EventItem>()], now);
        await Task.WhenAll(world.Aggregator.AggregateAsync(CancellationToken.None), second.AggregateAsync(CancellationToken.None));
        await SendAsync(world, [], [.. held.OfType<EventItem>()], now);
        if (shared.Next(2) == 0)
        {
            await second.AggregateAsync(CancellationToken.None);
        }

        await transaction.RollbackAsync();
        await late;
        foreach (var history in histories)
        {
            await history.ChangeAsync(world, now);
        }

        if (shared.Next(2) == 0)
        {
            await Task.WhenAll(world.Aggregator.AggregateAsync(CancellationToken.None), second.AggregateAsync(CancellationToken.None));
        }
    }

    private static async Task SendAsync(World world, List<ExposureItem> exposures, List<EventItem> events, DateTimeOffset now)
    {
        var requests = new List<Task>();
        foreach (var items in exposures.Chunk(40))
        {
            requests.Add(world.SendAsync(Batch.Of(now, items)));
        }

        foreach (var items in events.Chunk(60))
        {
            // The source is a function of the unit, so that one id has one source.
            foreach (var source in items.GroupBy(item => item.UnitId.EndsWith('1') ? "app" : "web"))
            {
                requests.Add(world.SendAsync(new IngestBatch(source.Key, null, now, [], [.. source], [])));
            }
        }

        await Task.WhenAll(requests);
    }

    private static async Task<int> CheckAsync(World world, Oracle oracle, History history)
    {
        var experiment = await world.ReadStateAsync(history.ExperimentId);
        var metrics = Catalogue.Where(metric => history.Metrics.Contains(metric.Key)).ToList();
        var cutoff = World.Noon.AddHours(history.Seed % 500);
        var kept = await world.Sums.ReadAsync(experiment, metrics, cutoff, CancellationToken.None);
        var recomputed = await world.Sums.RecomputeAsync(
            experiment, metrics, cutoff, kept.AsOfAggregation, DateTimeOffset.MaxValue, null, CancellationToken.None);
        var expected = oracle.Describe(experiment, metrics, cutoff);
        Assert.True(expected == Oracle.Describe(kept), $"seed {history.Seed}: expected\n{expected}\nkept\n{Oracle.Describe(kept)}");
        Assert.True(
            expected == Oracle.Describe(recomputed!), $"seed {history.Seed}: expected\n{expected}\nrecomputed\n{Oracle.Describe(recomputed!)}");
        Assert.True(
            Text(kept.Health) == Text(recomputed!.Health), $"seed {history.Seed}: kept\n{Text(kept.Health)}\nrecomputed\n{Text(recomputed!.Health)}");
        return kept.Sums.Length;
    }

    /// <summary>What arrived lately is judged by the clock of a look, which a recompute has not.</summary>
    private static string Text(HealthInputs? health) => JsonSerializer.Serialize(health! with { Activity = null });

    /// <summary>One experiment with a few units, and what happens to them.</summary>
    private sealed class History
    {
        private static readonly string[] Variants = ["a", "b", "c"];
        private static readonly string?[] Properties =
        [
            null, "{}", """{"price": 9.99}""", """{"price": 0.000123456789}""", """{"price": -3.5e2}""", """{"price": 1.25e15}""",
            """{"price": false}""", """{"price": 0}""", """{"price": "9"}""", """{"price": 7, "pages": [1, 2.5]}""", """{"pages": [1, "x"]}""",
            """{"pages": [1, 3]}""", """{"pages": {"1": 4}}""",
        ];

        private readonly Random _random;
        private readonly ExperimentState _experiment;
        private readonly string[] _units;
        private readonly List<object> _sent = [];
        private readonly Dictionary<string, string> _assigned = [];
        private int _epoch = 1;
        private int _nextId;
        private DateTimeOffset _clock;

        private History(int seed, ExperimentState experiment, string[] units, Random random)
        {
            Seed = seed;
            _experiment = experiment;
            _units = units;
            _random = random;
            Metrics = [.. experiment.Definition.MetricsByRole().Select(pair => pair.Metric)];
        }

        public int Seed { get; }

        public long ExperimentId => _experiment.Id;

        public List<string> Metrics { get; }

        private bool IsExternal => _experiment.Definition.Assignment == AssignmentMode.External;

        public static async Task<History> BeginAsync(World world, int seed)
        {
            var random = new Random(seed);
            var units = Enumerable.Range(0, 2 + random.Next(4)).Select(i => $"u{seed}-{i}").ToArray();
            var metrics = Catalogue.Where(_ => random.Next(2) == 0).Select(metric => metric.Key).ToArray();
            var overrides = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty;
            var experiment = await world.AddExperimentAsync(
                $"history-{seed}",
                random.Next(3) == 0 ? AssignmentMode.External : AssignmentMode.Server,
                overrides: random.Next(4) == 0 ? overrides.Add(units[^1], "b") : overrides,
                openedAt: World.Noon.AddDays(-40),
                metrics: metrics);
            var history = new History(seed, experiment, units, random);
            foreach (var unit in units.Where(_ => !history.IsExternal && random.Next(5) > 0))
            {
                history._assigned[unit] = Variants[random.Next(2)];
                await world.AssignAsync(experiment, unit, history._assigned[unit]);
            }

            return history;
        }

        /// <summary>A few new items and repeats of old ones, in random order.</summary>
        public List<object> Items(DateTimeOffset now)
        {
            var items = new List<object>();
            for (var i = _random.Next(5); i >= 0; i--)
            {
                if (_sent.Count > 0 && _random.Next(5) == 0)
                {
                    items.Add(_sent[_random.Next(_sent.Count)]);
                    continue;
                }

                object item = _random.Next(5) < 2 ? NextExposure(now) : NextEvent(now);
                items.Add(item);
                _sent.Add(item);
            }

            return items;
        }

        /// <summary>Now and then a rebucket, a pause with or without a resume, or a metric attached to the running experiment.</summary>
        public async Task ChangeAsync(World world, DateTimeOffset now)
        {
            switch (_random.Next(8))
            {
                case 0 when !IsExternal && _assigned.Count > 0:
                    var unit = _assigned.Keys.Order(StringComparer.Ordinal).First();
                    _assigned[unit] = Variants[_random.Next(2)];
                    await world.RebucketAsync(ExperimentId, unit, _assigned[unit], _epoch);
                    break;
                case 0 when IsExternal:
                    await world.RebucketAsync(ExperimentId, _units[0], null, _epoch);
                    break;
                case 1:
                    _clock = _clock > now ? _clock.AddHours(2) : now.AddHours(-_random.Next(60));
                    await world.InterruptAsync(ExperimentId, _clock, _clock.AddMinutes(90));
                    _epoch++;
                    break;
                case 2 when Catalogue.FirstOrDefault(metric => !Metrics.Contains(metric.Key)) is { } metric:
                    Metrics.Add(metric.Key);
                    await world.ExecuteAsync(
                        """
                        UPDATE experiments SET version = version + 1,
                            definition = jsonb_set(definition, '{Guardrails}', (definition -> 'Guardrails') || to_jsonb($2::text))
                        WHERE experiment_id = $1
                        """,
                        ExperimentId,
                        metric.Key);
                    await world.ExecuteAsync("UPDATE configuration SET version = version + 1");
                    break;
            }
        }

        private ExposureItem NextExposure(DateTimeOffset now)
        {
            var unit = _units[_random.Next(_units.Length)];
            // External units mostly repeat their variant; a few name two.
            var variant = IsExternal ? Variants[_random.Next(8) == 0 ? 2 : unit[^1] % 2] : _assigned.GetValueOrDefault(unit, "a");
            return new ExposureItem(0, NextId(), unit, _experiment.Key, _random.Next(12) == 0 ? "c" : variant, Time(now));
        }

        private EventItem NextEvent(DateTimeOffset now) => new(
            0,
            NextId(),
            _units[_random.Next(_units.Length)],
            _random.Next(3) == 0 ? "visit" : _random.Next(8) == 0 ? "other" : "buy",
            Time(now),
            _random.Next(12) == 0 ? """{"price": null, "pages": [0, null]}""" : Properties[_random.Next(Properties.Length)]);

        /// <summary>Mostly the last few days, some late, on whole and odd microseconds and on the bounds of hours.</summary>
        private DateTimeOffset Time(DateTimeOffset now) =>
            now.AddHours(-_random.Next(_random.Next(5) == 0 ? 24 * 20 : 80)).AddMicroseconds(_random.Next(3) * -1);

        private string NextId() => string.Create(CultureInfo.InvariantCulture, $"{Seed}-{_nextId++}");
    }
}
