namespace Splitstream.Storage.Events;

/// <summary>The ledger's counts of one kind in one transaction.</summary>
internal sealed class BatchTally
{
    public long Received { get; private set; }

    public long Counted { get; private set; }

    public long Duplicate { get; private set; }

    public long Quarantined { get; private set; }

    public long Rejected { get; private set; }

    public long Dead { get; private set; }

    public long Late { get; private set; }

    /// <summary>A repeat of an answered request: all of its items were there before.</summary>
    public void AddRepeat(PendingBatch pending)
    {
        Received += pending.Received;
        Duplicate += pending.Received;
    }

    public void Add(PendingBatch pending)
    {
        Received += pending.Received;
        Rejected += pending.Batch.Rejected.Length;
        foreach (var item in pending.Items)
        {
            switch (item.Fate)
            {
                case ItemFate.Counted:
                    Counted++;
                    Late += item.IsLate ? 1 : 0;
                    break;
                case ItemFate.Quarantined:
                    Quarantined++;
                    break;
                case ItemFate.Duplicate:
                    Duplicate++;
                    break;
                case ItemFate.IdReused:
                    Rejected++;
                    break;
                case ItemFate.Dead:
                    Dead++;
                    break;
                default:
                    throw new InvalidOperationException($"Item {item.Index} of a batch was left undecided.");
            }
        }
    }
}
