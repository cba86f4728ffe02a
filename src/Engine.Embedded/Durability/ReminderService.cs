using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Splitstream.Engine.Embedded;

/// <summary>
/// Stores reminders and sends their ticks. Every process over one database sends the ticks of all reminders: grains that must act once
/// make that sure in the database.
/// </summary>
internal sealed class ReminderService(EmbeddedEngine engine, EngineStore store, ILogger<ReminderService> log) : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly RequestMethod Method = new("IRemindable.ReceiveReminder", Interleaves: false, ReadOnly: false, OneWay: false);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Type, string Key, string Name), Schedule> _schedules = [];
    private ITimer? _refreshTimer;
    private int _localChanges;
    private bool _stopped = true;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!store.IsConfigured) return;
        _stopped = false;
        Reconcile(await store.ReadRemindersAsync(cancellationToken: cancellationToken));
        var period = engine.Options.ReminderRefreshPeriod;
        _refreshTimer = engine.Time.CreateTimer(_ => _ = RefreshAsync(), null, period, period);
    }

    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _refreshTimer?.Dispose();
            foreach (var schedule in _schedules.Values) schedule.Timer?.Dispose();
            _schedules.Clear();
        }
    }

    public void Dispose() => Stop();

    public async Task<IGrainReminder> RegisterAsync(GrainId id, string name, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime < TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(dueTime), dueTime, "A reminder's due time is zero or more.");
        if (period < TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(period), period, "A reminder's period is positive.");
        if (period < engine.Options.MinimumReminderPeriod)
            throw new ArgumentException($"Reminder {name}: its period {period} is below the minimum, {engine.Options.MinimumReminderPeriod}.");

        // The database keeps microseconds of a time and milliseconds of a period: what it cannot keep is dropped before anybody sees it.
        var start = engine.Time.GetUtcNow().UtcDateTime.Add(dueTime);
        start = start.AddTicks(-(start.Ticks % TimeSpan.TicksPerMicrosecond));
        period = TimeSpan.FromMilliseconds(Math.Max(1, (long)period.TotalMilliseconds));
        var etag = await store.WriteReminderAsync(id, name, start, period);
        var row = new ReminderRow(id.Class.Name, id.Key, name, start, period, etag);
        lock (_gate)
        {
            _localChanges++;
            Put(row);
        }

        return row;
    }

    public async Task UnregisterAsync(GrainId id, IGrainReminder reminder)
    {
        var row = reminder as ReminderRow ?? throw new ArgumentException("This reminder was not made by this engine.", nameof(reminder));
        if (!await store.DeleteReminderAsync(id, row.Name, row.Etag))
            throw new ReminderException($"Reminder {row.Name} of {id} was registered anew since this handle was got.");
        lock (_gate)
        {
            _localChanges++;
            Remove((row.GrainType, row.GrainKey, row.Name));
        }
    }

    public async Task<IGrainReminder?> GetAsync(GrainId id, string name) => (await store.ReadRemindersAsync(id)).Find(row => row.Name == name);

    public async Task<List<IGrainReminder>> GetAllAsync(GrainId id) => [.. await store.ReadRemindersAsync(id)];

    private async Task RefreshAsync()
    {
        try
        {
            var before = _localChanges;
            var rows = await store.ReadRemindersAsync();

            // What was read may be older than what this process did meanwhile; the next refresh will see both.
            if (before == _localChanges) Reconcile(rows);
        }
        catch (Exception exception)
        {
            log.LogWarning(exception, "Reminders could not be read again; the known ones go on.");
        }
    }

    private void Reconcile(List<ReminderRow> rows)
    {
        lock (_gate)
        {
            var stored = rows.ToDictionary(row => (row.GrainType, row.GrainKey, row.Name));
            foreach (var key in _schedules.Keys.Where(key => !stored.ContainsKey(key)).ToList()) Remove(key);
            foreach (var (key, row) in stored)
                if (!_schedules.TryGetValue(key, out var known) || known.Row.Etag != row.Etag)
                    Put(row);
        }
    }

    private void Put(ReminderRow row)
    {
        if (_stopped) return;
        var key = (row.GrainType, row.GrainKey, row.Name);
        Remove(key);
        if (engine.Find(row.GrainType, row.GrainKey) is not { } grain)
        {
            log.LogWarning("Reminder {Name} belongs to the unknown grain {Type}/{Key}; it stays stored and does not tick.", row.Name, row.GrainType, row.GrainKey);
            return;
        }

        var schedule = new Schedule(row, grain);
        _schedules[key] = schedule;
        schedule.Next = row.NextTick(Now());
        using (ExecutionContext.SuppressFlow())
            schedule.Timer = engine.Time.CreateTimer(_ => OnTimer(schedule), null, Wait(schedule), Timeout.InfiniteTimeSpan);
    }

    private void Remove((string Type, string Key, string Name) key)
    {
        if (_schedules.Remove(key, out var schedule)) schedule.Timer?.Dispose();
    }

    private void OnTimer(Schedule schedule)
    {
        // Timers have a longest wait, and may come early by a rounding.
        if (Now() < schedule.Next) schedule.Timer?.Change(Wait(schedule), Timeout.InfiniteTimeSpan);
        else _ = TickAsync(schedule);
    }

    private async Task TickAsync(Schedule schedule)
    {
        var (row, grain) = (schedule.Row, schedule.Grain);
        try
        {
            var tick = new TickRequest(row.Name, new TickStatus(row.StartAt, row.Period, Now())) { Method = Method };
            engine.Send(grain, tick);
            await tick.Answer;
        }
        catch (Exception exception)
        {
            log.LogWarning(exception, "Reminder {Name} of {Grain} failed; its next tick comes as scheduled.", row.Name, grain);
        }

        var next = row.NextTick(Now());
        schedule.Next = next > schedule.Next ? next : schedule.Next + row.Period;
        lock (_gate)
            if (!_stopped) schedule.Timer?.Change(Wait(schedule), Timeout.InfiniteTimeSpan);
    }

    private DateTime Now() => engine.Time.GetUtcNow().UtcDateTime;

    private TimeSpan Wait(Schedule schedule)
    {
        var wait = schedule.Next - Now();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait;
    }

    private sealed class Schedule(ReminderRow row, GrainId grain)
    {
        public ReminderRow Row { get; } = row;

        public GrainId Grain { get; } = grain;

        public DateTime Next { get; set; }

        public ITimer? Timer { get; set; }
    }

    private sealed class TickRequest(string name, TickStatus status) : Request<Nothing>
    {
        public override Task Invoke(object grain) => ((IRemindable)grain).ReceiveReminder(name, status);
    }
}
