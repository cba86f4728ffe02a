using Splitstream.Testing.History;

namespace Splitstream.Testing.Tests.History;

/// <summary>A history written by hand: times in whole milliseconds, one client, and the tables it ends with.</summary>
internal sealed class Story
{
    private readonly List<HistoryRecord> _records = [];
    private readonly List<AssignmentRow> _rows = [];
    private readonly List<ClaimRow> _claims = [];
    private readonly List<ExposureRow> _exposures = [];
    private readonly List<string> _events = [];
    private readonly List<LedgerRow> _ledger = [];

    /// <summary>A time of the database.</summary>
    public static DateTimeOffset At(int second) => new(2030, 1, 1, 0, 0, second, TimeSpan.Zero);

    public static AssignAnswer Told(string experiment, string variant, int second, string reason = "sticky", bool stale = false) =>
        new(experiment, variant, reason, At(second), stale);

    public static AssignAnswer Nothing(string experiment, string reason) => new(experiment, null, reason, null);

    public Story Assign(int start, int end, string unit, params AssignAnswer[] answers) =>
        Add(new AssignRecord(Exchange(start, end), unit, [.. answers.Select(answer => answer.Experiment)], answers));

    public Story AssignFails(int start, int end, string unit, string experiment, int? status = null, bool retryAfter = true) =>
        Add(new AssignRecord(Exchange(start, end, status, retryAfter), unit, [experiment], []));

    public Story Rebucket(int start, int end, string unit, string experiment, string? previous, int? status = 200) =>
        Add(new RebucketRecord(Exchange(start, end, status, true), unit, experiment, previous));

    public Story Change(int start, int end, string experiment, ChangeKind kind, int? epoch = null) =>
        Add(new ChangeRecord(Exchange(start, end), experiment, kind, epoch));

    public Story Send(int start, int end, ItemKind kind, int? status, params string[] ids) =>
        Add(new IngestRecord(Exchange(start, end, status, true), kind, ids, []));

    public Story Row(string experiment, string unit, string variant, int second, int? ended = null, int epoch = 1)
    {
        _rows.Add(new(experiment, unit, variant, epoch, At(second), ended is { } at ? At(at) : null));
        return this;
    }

    public Story Claim(string unit, string experiment, int second, int? released = null)
    {
        _claims.Add(new("group", unit, experiment, At(second), released is { } at ? At(at) : null));
        return this;
    }

    public Story Exposure(string id, string experiment, string unit, string variant, bool superseded = false, string? reason = null)
    {
        _exposures.Add(new(id, experiment, unit, variant, superseded, reason));
        return this;
    }

    public Story Events(params string[] ids)
    {
        _events.AddRange(ids);
        return this;
    }

    public Story Ledger(LedgerRow row)
    {
        _ledger.Add(row);
        return this;
    }

    /// <summary>Experiments named left and right share a mutex group.</summary>
    public IReadOnlyList<Violation> Check()
    {
        var groups = new Dictionary<string, string> { ["left"] = "group", ["right"] = "group" };
        return HistoryChecker.Check(_records, new(_rows, _claims, _exposures, _events, _ledger, groups));
    }

    /// <summary>Holds that there are violations and that the shortest one is printed so.</summary>
    public void ShowsFirst(string expected)
    {
        var found = Check();
        Assert.NotEmpty(found);
        Assert.Equal(expected.ReplaceLineEndings("\n"), found[0].ToString());
    }

    private static Exchange Exchange(int start, int end, int? status = 200, bool retryAfter = false) =>
        new(TimeSpan.FromMilliseconds(start), TimeSpan.FromMilliseconds(end), "client", "8081", status, retryAfter);

    private Story Add(HistoryRecord record)
    {
        _records.Add(record);
        return this;
    }
}
