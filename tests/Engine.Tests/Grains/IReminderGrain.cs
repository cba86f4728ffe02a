using Orleans;
using Orleans.Runtime;

namespace Splitstream.Engine.Tests.Grains;

/// <summary>Notes "name 1", "name 2", ... for the ticks of its reminders and shows their status on the board.</summary>
internal interface IReminderGrain : IGrainWithStringKey
{
    Task RegisterAsync(string name, TimeSpan dueTime, TimeSpan period);

    Task UnregisterAsync(string name);

    Task<string[]> NamesAsync();

    Task<bool> ExistsAsync(string name);

    /// <summary>Registers the name twice and unregisters by the first handle.</summary>
    Task UnregisterStaleAsync(string name);

    Task FailTicksAsync();

    Task DeactivateAsync();
}

/// <summary>Asks for a reminder without being able to receive one.</summary>
internal interface IForgetfulGrain : IGrainWithStringKey
{
    Task RegisterAsync();
}

internal sealed class ReminderGrain : Grain, IReminderGrain, IRemindable
{
    private bool _failing;

    private Board Board => Board.For(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Board.Note("activates");
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Board.Shown.Enqueue(status);
        Board.Note($"{reminderName} {Board.Notes.Count(note => note.StartsWith(reminderName, StringComparison.Ordinal)) + 1}");
        return _failing ? throw new FormatException("ticks fail") : Task.CompletedTask;
    }

    public Task RegisterAsync(string name, TimeSpan dueTime, TimeSpan period) => this.RegisterOrUpdateReminder(name, dueTime, period);

    public async Task UnregisterAsync(string name) => await this.UnregisterReminder((await this.GetReminder(name))!);

    public async Task<string[]> NamesAsync() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order()];

    public async Task<bool> ExistsAsync(string name) => await this.GetReminder(name) is not null;

    public async Task UnregisterStaleAsync(string name)
    {
        var stale = await this.RegisterOrUpdateReminder(name, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await this.RegisterOrUpdateReminder(name, TimeSpan.FromHours(2), TimeSpan.FromHours(2));
        await this.UnregisterReminder(stale);
    }

    public Task FailTicksAsync()
    {
        _failing = true;
        return Task.CompletedTask;
    }

    public Task DeactivateAsync()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

internal sealed class ForgetfulGrain : Grain, IForgetfulGrain
{
    public Task RegisterAsync() => this.RegisterOrUpdateReminder("never", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
}
