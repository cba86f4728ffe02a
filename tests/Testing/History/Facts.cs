using System.Text;

namespace Splitstream.Testing.History;

/// <summary>A history and its tables, sorted by what the rules look at.</summary>
internal sealed class Facts
{
    private readonly Dictionary<(string Experiment, string Unit), PairFacts> _pairs = [];

    public Facts(IEnumerable<HistoryRecord> records, TableState tables)
    {
        // Threads record in any order; a client asks one thing at a time.
        Records =
        [
            .. records.OrderBy(record => record.Start).ThenBy(record => record.End)
                .ThenBy(record => record.Exchange.Client, StringComparer.Ordinal),
        ];
        Tables = tables;
        foreach (var row in tables.Assignments) Pair(row.Experiment, row.Unit).Rows.Add(row);

        var asksForAll = new List<AssignRecord>();
        foreach (var record in Records)
        {
            if (record is RebucketRecord rebucket) Pair(rebucket.Experiment, rebucket.Unit).Rebuckets.Add(rebucket);
            if (record is not AssignRecord assign) continue;
            if (assign.Asked.Count == 0) asksForAll.Add(assign);
            foreach (var experiment in assign.Asked) Pair(experiment, assign.Unit).NoteAsked(assign);
            foreach (var answer in assign.Answers) Pair(answer.Experiment, assign.Unit).Told.Add(new Told(assign, answer));
        }

        var unitsOfAll = asksForAll.ToLookup(assign => Identity(assign.Unit));
        foreach (var pair in _pairs.Values)
        {
            foreach (var assign in unitsOfAll[pair.Unit]) pair.NoteAsked(assign);
            pair.MatchRows();
        }
    }

    public IReadOnlyList<HistoryRecord> Records { get; }

    public TableState Tables { get; }

    public IEnumerable<PairFacts> Pairs => _pairs.Values;

    public PairFacts Pair(string experiment, string unit)
    {
        var key = (experiment, Identity(unit));
        if (!_pairs.TryGetValue(key, out var pair)) _pairs.Add(key, pair = new PairFacts(key.experiment, key.Item2));
        return pair;
    }

    /// <summary>The two normal forms of a name are one unit.</summary>
    public static string Identity(string unit) => unit.Normalize(NormalizationForm.FormC);
}

/// <summary>One experiment's part of an answer, with the request it belongs to.</summary>
internal sealed record Told(AssignRecord Record, AssignAnswer Answer)
{
    /// <summary>The row it speaks of, as an index into the rows of the pair; null when it speaks of none that exists.</summary>
    public int? Row { get; set; }
}

/// <summary>Everything about one unit in one experiment.</summary>
internal sealed class PairFacts(string experiment, string unit)
{
    public string Experiment { get; } = experiment;

    public string Unit { get; } = unit;

    /// <summary>The ended rows in the order of their ends, then the live one.</summary>
    public List<AssignmentRow> Rows { get; } = [];

    public List<Told> Told { get; } = [];

    public List<RebucketRecord> Rebuckets { get; } = [];

    /// <summary>The first request that asked for this pair, answered or not.</summary>
    public AssignRecord? FirstAsked { get; private set; }

    /// <summary>Of each row that was told, the answer that ended first: the earliest moment by which the row is known to exist.</summary>
    public Dictionary<int, Told> Witnesses { get; } = [];

    public void NoteAsked(AssignRecord assign)
    {
        if (FirstAsked is null || assign.Start < FirstAsked.Start) FirstAsked = assign;
    }

    public void MatchRows()
    {
        foreach (var told in Told.Where(told => told.Answer.IsOfRow))
        {
            var row = Rows.FindIndex(row => row.AssignedAt == told.Answer.AssignedAt && row.Variant == told.Answer.Variant);
            if (row < 0) continue;
            told.Row = row;
            if (!Witnesses.TryGetValue(row, out var witness) || told.Record.End < witness.Record.End) Witnesses[row] = told;
        }
    }
}
