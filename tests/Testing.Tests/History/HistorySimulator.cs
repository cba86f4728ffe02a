using Splitstream.Testing.History;

namespace Splitstream.Testing.Tests.History;

/// <summary>
/// A server that keeps every promise, asked by clients one after the other: two exclusive experiments and a free one, rebuckets, a weight
/// edit, a stop, events and exposures. Some answers are lost on the way, whether or not the work was done.
/// </summary>
internal sealed class HistorySimulator(int seed)
{
    private const int Steps = 150;
    private const int Units = 6;
    private static readonly string[] Experiments = ["free", "left", "right"];

    private readonly Random _random = new(seed);
    private readonly List<HistoryRecord> _records = [];
    private readonly List<AssignmentRow> _ended = [];
    private readonly Dictionary<(string Experiment, string Unit), AssignmentRow> _rows = [];
    private readonly Dictionary<string, ClaimRow> _claims = [];
    private readonly List<ExposureRow> _exposures = [];
    private readonly List<string> _events = [];
    private readonly Dictionary<string, int> _epochs = Experiments.ToDictionary(key => key, _ => 1);
    private readonly HashSet<string> _stopped = [];
    private readonly long[] _received = new long[2];
    private int _clock;

    private DateTimeOffset Now => Story.At(0).AddMilliseconds(_clock);

    public (List<HistoryRecord> Records, TableState Tables) Run()
    {
        for (var step = 0; step < Steps; step++)
        {
            var unit = $"u{_random.Next(Units)}";
            var experiment = Experiments[_random.Next(Experiments.Length)];
            switch (_random.Next(20))
            {
                case < 11: Assign(unit); break;
                case < 14: Rebucket(unit, experiment); break;
                case < 16: Expose(unit, experiment); break;
                case < 18: Send(ItemKind.Event, $"e{_random.Next(Steps)}", _events.Contains, _events.Add); break;
                case 18: Change(experiment, ChangeKind.Edit, ++_epochs[experiment]); break;
                default: Stop(step, experiment); break;
            }
        }

        var stored = new long[] { _exposures.Count, _events.Count };
        return (_records, new(
            [.. _ended, .. _rows.Values], [.. _claims.Values], _exposures, _events,
            [.. Enum.GetValues<ItemKind>().Select(kind => new LedgerRow(
                kind, _received[(int)kind], stored[(int)kind], _received[(int)kind] - stored[(int)kind], 0, 0, 0, stored[(int)kind]))],
            new Dictionary<string, string> { ["left"] = "group", ["right"] = "group" }));
    }

    private void Assign(string unit)
    {
        var asked = Experiments.Where(_ => _random.Next(2) == 0).DefaultIfEmpty("free").ToList();
        var exchange = Exchange();
        AssignAnswer[] answers = [.. asked.Select(experiment => Decide(unit, experiment))];
        _records.Add(new AssignRecord(exchange, unit, asked, exchange.IsDone ? answers : []));
    }

    private AssignAnswer Decide(string unit, string experiment)
    {
        if (_stopped.Contains(experiment)) return new(experiment, null, "not_running", null);
        if (_rows.TryGetValue((experiment, unit), out var row)) return new(experiment, row.Variant, "sticky", row.AssignedAt);
        if (experiment != "free")
        {
            if (!_claims.TryGetValue(unit, out var claim)) _claims.Add(unit, claim = new("group", unit, experiment, Now));
            if (claim.Experiment != experiment) return new(experiment, null, "mutex_holdout", null);
        }

        row = new(experiment, unit, _random.Next(2) == 0 ? "a" : "b", _epochs[experiment], Now);
        _rows.Add((experiment, unit), row);
        return new(experiment, row.Variant, "assigned", row.AssignedAt);
    }

    private void Rebucket(string unit, string experiment)
    {
        if (!_rows.Remove((experiment, unit), out var row))
        {
            _records.Add(new RebucketRecord(Exchange() with { Status = 404 }, unit, experiment, null));
            return;
        }

        var exchange = Exchange();
        _ended.Add(row with { EndedAt = Now });
        for (var i = 0; i < _exposures.Count; i++)
        {
            var exposure = _exposures[i];
            if ((exposure.Experiment, exposure.Unit) == (experiment, unit)) _exposures[i] = exposure with { Superseded = true };
        }

        _records.Add(new RebucketRecord(exchange, unit, experiment, exchange.IsDone ? row.Variant : null));
    }

    private void Expose(string unit, string experiment)
    {
        if (!_rows.TryGetValue((experiment, unit), out var row)) return;
        Send(ItemKind.Exposure, $"x{_clock}", _ => false, id => _exposures.Add(new(id, experiment, unit, row.Variant, false, null)));
    }

    private void Send(ItemKind kind, string id, Func<string, bool> isKnown, Action<string> store)
    {
        var exchange = Exchange();
        _received[(int)kind]++;
        if (!isKnown(id)) store(id);
        _records.Add(new IngestRecord(exchange, kind, [id], []));
    }

    private void Stop(int step, string experiment)
    {
        // Only towards the end, so that there is something to stop.
        if (step < Steps * 2 / 3 || !_stopped.Add(experiment)) return;
        Change(experiment, ChangeKind.Stop, null);
    }

    private void Change(string experiment, ChangeKind kind, int? epoch)
    {
        var exchange = Exchange();
        _records.Add(new ChangeRecord(exchange, experiment, kind, exchange.IsDone ? epoch : null));
    }

    /// <summary>The next request; one in eight gets no answer.</summary>
    private Exchange Exchange()
    {
        _clock += 10;
        return new(
            TimeSpan.FromMilliseconds(_clock), TimeSpan.FromMilliseconds(_clock + 5),
            $"client {_random.Next(4)}", $"{8081 + _random.Next(3)}", _random.Next(8) == 0 ? null : 200);
    }
}
