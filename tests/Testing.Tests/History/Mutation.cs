using Splitstream.Testing.History;

namespace Splitstream.Testing.Tests.History;

/// <summary>One way to break one promise in a history that keeps them all.</summary>
/// <param name="Apply">Breaks it somewhere; null when there is nothing to break in this history.</param>
internal sealed record Mutation(
    string Name, Func<Random, List<HistoryRecord>, TableState, (IReadOnlyList<HistoryRecord>, TableState)?> Apply)
{
    private delegate HistoryRecord? Rewrite<in T>(T record, TimeSpan after, List<HistoryRecord> records, TableState tables);

    private static readonly DateTimeOffset Never = Story.At(59);

    public static readonly IReadOnlyList<Mutation> All =
    [
        Record<AssignRecord>("flip a variant", (record, _, _, _) => WithAnswer(
            record, answer => answer.IsOfRow, answer => answer with { Variant = answer.Variant == "a" ? "b" : "a" })),
        Record<AssignRecord>("tell of a row that never was", (record, _, _, _) => WithAnswer(
            record, answer => answer.IsOfRow, answer => answer with { AssignedAt = Never })),
        Record<AssignRecord>("tell an ended row at last", (record, after, records, tables) => WithAnswer(
            Later(record, after),
            answer => tables.Assignments.Any(row => row.EndedAt is not null && IsOf(row, record, answer))
                // One that got no answer may have been the one, and may have been late.
                && records.OfType<RebucketRecord>().All(rebucket =>
                    (rebucket.Unit, rebucket.Experiment) != (record.Unit, answer.Experiment) || !rebucket.Exchange.IsUnknown),
            answer => answer)),
        Record<AssignRecord>("deny a live row at last", (record, after, _, tables) => WithAnswer(
            Later(record, after), answer => tables.Assignments.Any(row => row.EndedAt is null && IsOf(row, record, answer)),
            answer => answer with { Variant = null, AssignedAt = null, Reason = "not_targeted" })),
        Record<AssignRecord>("fail with 500", (record, _, _, _) =>
            record with { Exchange = record.Exchange with { Status = 500 }, Answers = [] }),
        Record<AssignRecord>("refuse without a time to come again", (record, _, _, _) =>
            record with { Exchange = record.Exchange with { Status = 503 }, Answers = [] }),
        Record<RebucketRecord>("lose the ended rows", (record, _, _, _) => record.Exchange.IsDone ? record : null, (record, tables) =>
        [
            .. tables.Assignments.Where(row => row.EndedAt is null || (row.Experiment, row.Unit) != (record.Experiment, record.Unit)),
        ]),
        Row("drop a row", tables => tables.Assignments, (tables, row, records) =>
            records.OfType<AssignRecord>().Any(record => record.Answers.Any(answer => IsOf(row, record, answer)))
                ? tables with { Assignments = [.. tables.Assignments.Where(other => other != row)] } : null),
        Row("give a claim to the other experiment", tables => tables.Claims, (tables, claim, _) =>
            tables.Assignments.Any(row => (row.Unit, row.Experiment) == (claim.Unit, claim.Experiment))
                ? tables with { Claims = [.. tables.Claims.Except([claim]), claim with { Experiment = OtherOf(claim.Experiment) }] }
                : null),
        Row("claim twice", tables => tables.Claims, (tables, claim, _) =>
            tables with { Claims = [.. tables.Claims, claim with { Experiment = OtherOf(claim.Experiment), ClaimedAt = Never }] }),
        Row("expose another variant", tables => tables.Exposures, (tables, exposure, _) =>
            tables with { Exposures = [.. tables.Exposures.Except([exposure]), exposure with { Variant = "c" }] }),
        Row("store an event twice", tables => tables.Events, (tables, id, _) => tables with { Events = [.. tables.Events, id] }),
        Row("lose an acknowledged event", tables => tables.Events, (tables, id, records) =>
            records.OfType<IngestRecord>().Any(record => record.Exchange.IsDone && record.Ids.Contains(id))
                ? tables with { Events = [.. tables.Events.Where(other => other != id)] } : null),
        Row("store an event of nobody", tables => tables.Events, (tables, _, _) => tables with { Events = [.. tables.Events, "nobody's"] }),
        Row("count one too many", tables => tables.Ledger, (tables, row, _) =>
            tables with { Ledger = [.. tables.Ledger.Except([row]), row with { Counted = row.Counted + 1 }] }),
        Record<ChangeRecord>(
            "assign after the stop",
            (record, after, _, _) => record.Closes && record.Exchange.IsDone ? AssignLate(record, after) : null,
            (record, tables) => [.. tables.Assignments, new(record.Experiment, "late", "a", 99, Never)]),
        Record<ChangeRecord>(
            "assign under old weights",
            (record, after, _, _) => record.Epoch is not null ? AssignLate(record, after) : null,
            (record, tables) => [.. tables.Assignments, new(record.Experiment, "late", "a", record.Epoch!.Value - 1, Never)]),
    ];

    private static bool IsOf(AssignmentRow row, AssignRecord record, AssignAnswer answer) =>
        (row.Experiment, row.Unit, row.AssignedAt) == (answer.Experiment, record.Unit, answer.AssignedAt);

    private static string OtherOf(string experiment) => experiment == "left" ? "right" : "left";

    private static AssignRecord AssignLate(ChangeRecord change, TimeSpan after) =>
        new(At(change.Exchange, after), "late", [change.Experiment], [new(change.Experiment, "a", "assigned", Never)]);

    private static AssignRecord Later(AssignRecord record, TimeSpan after) => record with { Exchange = At(record.Exchange, after) };

    private static Exchange At(Exchange exchange, TimeSpan start) =>
        exchange with { Start = start, End = start + TimeSpan.FromMilliseconds(1) };

    private static AssignRecord? WithAnswer(AssignRecord record, Predicate<AssignAnswer> where, Func<AssignAnswer, AssignAnswer> change)
    {
        var index = record.Answers.ToList().FindIndex(where);
        return index < 0 ? null : record with { Answers = [.. record.Answers.Select((answer, i) => i == index ? change(answer) : answer)] };
    }

    /// <summary>Adds a rewritten copy of a record, chosen among those that can be rewritten so, with the rows that belong to it.</summary>
    private static Mutation Record<T>(string name, Rewrite<T> rewrite, Func<T, TableState, List<AssignmentRow>>? rows = null)
        where T : HistoryRecord => new(name, (random, records, state) =>
    {
        var after = records.Max(record => record.End) + TimeSpan.FromMilliseconds(1);
        var choices = records.OfType<T>().Select(record => (Old: record, New: rewrite(record, after, records, state)))
            .Where(choice => choice.New is not null).ToList();
        if (choices.Count == 0) return null;
        var (old, added) = choices[random.Next(choices.Count)];
        var changed = rows is null ? state : state with { Assignments = rows(old, state) };
        return ([.. records.Where(record => record != added), added!], changed);
    });

    /// <summary>Changes the tables at a row chosen among those where it can be done.</summary>
    private static Mutation Row<T>(
        string name, Func<TableState, IReadOnlyList<T>> rows, Func<TableState, T, List<HistoryRecord>, TableState?> change) =>
        new(name, (random, records, tables) =>
        {
            var choices = rows(tables).Select(row => change(tables, row, records)).OfType<TableState>().ToList();
            return choices.Count == 0 ? null : (records, choices[random.Next(choices.Count)]);
        });
}
