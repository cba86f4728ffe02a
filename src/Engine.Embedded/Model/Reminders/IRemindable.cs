using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain that can be woken by reminders, which survive restarts.</summary>
public interface IRemindable : IGrain
{
    Task ReceiveReminder(string reminderName, TickStatus status);
}
