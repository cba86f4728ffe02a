namespace Splitstream.Testing.History;

/// <summary>What was acknowledged is stored once, what is stored was sent, and the ledger accounts for every item.</summary>
internal static class IngestRule
{
    public static IEnumerable<Violation> Check(Facts facts) =>
        CheckKind(facts, ItemKind.Exposure, facts.Tables.Exposures.Select(exposure => exposure.Id))
            .Concat(CheckKind(facts, ItemKind.Event, facts.Tables.Events))
            .Concat(facts.Tables.Ledger.Where(IsWrong).Select(row => Violation.Of("The ledger adds up.", [], row)));

    private static bool IsWrong(LedgerRow row) =>
        row.Received != row.Counted + row.Duplicate + row.Quarantined + row.Rejected + row.Dead
        || row.Stored != row.Counted + row.Quarantined;

    private static IEnumerable<Violation> CheckKind(Facts facts, ItemKind kind, IEnumerable<string> ids)
    {
        var name = kind.ToString().ToLowerInvariant();
        var stored = ids.CountBy(id => id).ToDictionary(StringComparer.Ordinal);
        var sent = new HashSet<string>(StringComparer.Ordinal);
        var lost = new HashSet<string>(StringComparer.Ordinal);
        foreach (var record in facts.Records.OfType<IngestRecord>().Where(record => record.Kind == kind))
        {
            sent.UnionWith(record.Ids);
            if (!record.Exchange.IsDone) continue;
            foreach (var id in record.Ids.Except(record.Rejected))
            {
                if (!stored.ContainsKey(id) && lost.Add(id))
                    yield return Violation.Of($"An acknowledged {name} is stored.", [record], $"{name}: {id} is not stored");
            }
        }

        foreach (var (id, count) in stored.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (count > 1) yield return Violation.Of("Nothing is stored twice.", [], $"{name}: {id} is stored {count} times");
            if (!sent.Contains(id)) yield return Violation.Of("Nothing is stored that nobody sent.", [], $"{name}: {id}");
        }
    }
}
