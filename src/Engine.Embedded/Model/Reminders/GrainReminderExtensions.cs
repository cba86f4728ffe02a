using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Splitstream.Engine.Embedded;

namespace Orleans;

public static class GrainReminderExtensions
{
    /// <summary>Stores a reminder of this grain and starts it; an existing one of that name gets the new times.</summary>
    /// <param name="dueTime">Time to the first tick, zero or more.</param>
    /// <param name="period">Time between ticks, at least the engine's minimum (one minute unless set).</param>
    /// <exception cref="InvalidOperationException">The grain is not <see cref="IRemindable"/>, or the engine has no database.</exception>
    public static Task<IGrainReminder> RegisterOrUpdateReminder(this IGrainBase grain, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        if (string.IsNullOrWhiteSpace(reminderName)) throw new ArgumentNullException(nameof(reminderName));
        var id = IdOf(grain);
        if (grain is not IRemindable)
            throw new InvalidOperationException($"Grain {id} is not {nameof(IRemindable)}, so that it cannot have reminders.");
        return Reminders(grain).RegisterAsync(id, reminderName, dueTime, period);
    }

    /// <summary>Removes a reminder. One that is gone already is no error.</summary>
    /// <exception cref="ReminderException">The reminder was registered anew since the handle was got.</exception>
    public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder) =>
        Reminders(grain).UnregisterAsync(IdOf(grain), reminder);

    /// <summary>The stored reminder of that name, or null.</summary>
    public static Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName)
    {
        if (string.IsNullOrWhiteSpace(reminderName)) throw new ArgumentNullException(nameof(reminderName));
        return Reminders(grain).GetAsync(IdOf(grain), reminderName);
    }

    /// <summary>All stored reminders of this grain, in no order.</summary>
    public static Task<List<IGrainReminder>> GetReminders(this IGrainBase grain) => Reminders(grain).GetAllAsync(IdOf(grain));

    private static GrainId IdOf(IGrainBase grain)
    {
        ArgumentNullException.ThrowIfNull(grain);
        return grain.GrainContext.GrainId;
    }

    private static ReminderService Reminders(IGrainBase grain) => grain.GrainContext.ActivationServices.GetRequiredService<ReminderService>();
}
