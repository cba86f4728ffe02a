namespace Orleans.Concurrency;

/// <summary>All requests of the class may interleave at awaits. Turns still run one at a time.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ReentrantAttribute : Attribute;

/// <summary>The method starts at once whatever else runs, and holds nothing else back.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AlwaysInterleaveAttribute : Attribute;

/// <summary>The method changes nothing, so that it may interleave with others of its kind; other methods wait for it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReadOnlyAttribute : Attribute;

/// <summary>The caller does not wait: its task is complete at once, whatever becomes of the call.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OneWayAttribute : Attribute;

/// <summary>One key may have several activations, each with its own instance; a call goes to an idle one, else to a new one.</summary>
/// <param name="maxLocalWorkers">The most activations of one key; zero or less stands for the number of processors.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class StatelessWorkerAttribute(int maxLocalWorkers) : Attribute
{
    public StatelessWorkerAttribute()
        : this(-1)
    {
    }

    internal int MaxLocalWorkers { get; } = maxLocalWorkers > 0 ? maxLocalWorkers : Environment.ProcessorCount;
}
