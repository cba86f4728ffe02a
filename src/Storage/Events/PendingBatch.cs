using System.Collections.Immutable;
using Splitstream.Grains.Interfaces.Errors;
using Splitstream.Grains.Interfaces.Events;

namespace Splitstream.Storage.Events;

/// <summary>A request that waits for its commit.</summary>
internal sealed class PendingBatch
{
    private readonly TaskCompletionSource<IngestReceipt> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PendingBatch(IngestBatch batch)
    {
        Batch = batch;
        Items = batch.Kind == IngestKind.Exposure
            ? [.. batch.Exposures.Select(item => IngestItem.Of(this, item))]
            : [.. batch.Events.Select(item => IngestItem.Of(this, item))];
    }

    public IngestBatch Batch { get; }

    public ImmutableArray<IngestItem> Items { get; }

    /// <summary>Every item of the request, those refused before it came here included.</summary>
    public int Received => Items.Length + Batch.Rejected.Length;

    public Task<IngestReceipt> Completion => _completion.Task;

    public void Answer(IngestReceipt receipt) => _completion.TrySetResult(receipt);

    public void Fail(Exception exception) => _completion.TrySetException(exception);

    /// <summary>What the fates of the items add up to.</summary>
    public IngestReceipt ToReceipt()
    {
        var stored = Items.Where(item => item.Fate is ItemFate.Counted or ItemFate.Quarantined).ToList();
        var refused = Items
            .Where(item => item.Fate is ItemFate.IdReused or ItemFate.Dead)
            .Select(item => item.Fate == ItemFate.IdReused
                ? new RejectedItem(item.Index, ErrorCode.IdReused, "An item of the last 30 days has this id and other content.")
                : new RejectedItem(item.Index, ErrorCode.InvalidItem, $"The database refused this item: {item.DeathReason}"));
        return new IngestReceipt(
            stored.Count,
            Items.Count(item => item.Fate == ItemFate.Duplicate),
            stored.Count(item => item.IsLate),
            [.. Batch.Rejected.Concat(refused).OrderBy(item => item.Index)]);
    }
}
