using System.Reflection;

namespace Splitstream.Engine.Embedded;

/// <summary>Settings of the embedded engine; checked when the host starts.</summary>
public sealed class EmbeddedEngineOptions
{
    /// <summary>
    /// The PostgreSQL database of reminders and persistent state. Null: grains that use neither work, the others fail with a message
    /// when they activate or register. There is no store in memory.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>Where grain classes are looked for.</summary>
    public IList<Assembly> GrainAssemblies { get; } = [];

    /// <summary>An activation without a request for this long is deactivated. Positive; 15 minutes unless set.</summary>
    public TimeSpan CollectionAge { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A call without an answer for this long fails with <see cref="TimeoutException"/>. Positive; 30 seconds unless set.</summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>OnDeactivateAsync is cancelled, and waited for no more, after this long. Positive; 30 seconds unless set.</summary>
    public TimeSpan DeactivationTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The shortest period of a reminder. Positive; one minute unless set, which only tests should do.</summary>
    public TimeSpan MinimumReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often reminders are read again, to see those of other processes. Positive; 5 minutes unless set.</summary>
    public TimeSpan ReminderRefreshPeriod { get; set; } = TimeSpan.FromMinutes(5);

    internal void Validate()
    {
        RequirePositive(CollectionAge, nameof(CollectionAge));
        RequirePositive(ResponseTimeout, nameof(ResponseTimeout));
        RequirePositive(DeactivationTimeout, nameof(DeactivationTimeout));
        RequirePositive(MinimumReminderPeriod, nameof(MinimumReminderPeriod));
        RequirePositive(ReminderRefreshPeriod, nameof(ReminderRefreshPeriod));
    }

    private static void RequirePositive(TimeSpan value, string setting)
    {
        if (value <= TimeSpan.Zero) throw new ArgumentException($"{nameof(EmbeddedEngineOptions)}.{setting} is {value}; it must be positive.");
    }
}
