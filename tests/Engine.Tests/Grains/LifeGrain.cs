using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;

namespace Splitstream.Engine.Tests.Grains;

internal sealed class LifeGrain(ScopedService service, TimeProvider time) : Grain, ILifeGrain
{
    private Func<Task> _leave = () => Task.CompletedTask;
    private int _number;

    private Board Board => Board.For(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _number = Board.Notes.Count(note => note.StartsWith("activates", StringComparison.Ordinal)) + 1;
        Board.Note($"activates {_number}");
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Board.Shown.Enqueue(time.GetUtcNow());
        Board.Note($"deactivates {reason.ReasonCode}");
        await _leave();
    }

    public Task<int> ActivationNumberAsync() => Task.FromResult(_number);

    public Task PassAsync(string step) => Board.PassAsync(step);

    public Task DeactivateAsync(string step)
    {
        DeactivateOnIdle();
        return Board.PassAsync(step);
    }

    public Task DelayDeactivationAsync(TimeSpan delay)
    {
        DelayDeactivation(delay);
        return Task.CompletedTask;
    }

    public Task HoldLeavingAsync()
    {
        _leave = () => Board.PassAsync("leaving");
        return Task.CompletedTask;
    }

    public Task FailLeavingAsync()
    {
        _leave = () => throw new FormatException("leaving failed");
        return Task.CompletedTask;
    }

    public Task CallWhenLeavingAsync(string other)
    {
        _leave = async () =>
        {
            try
            {
                Board.Note($"other was activation {await GrainFactory.GetGrain<ILifeGrain>(other).ActivationNumberAsync()}");
            }
            catch (OrleansException)
            {
                Board.Note("other refused");
            }
        };
        return Task.CompletedTask;
    }

    public Task ShowScopedServiceAsync()
    {
        Board.Shown.Enqueue(service);
        Board.Shown.Enqueue(ServiceProvider.GetRequiredService<ScopedService>());
        return Task.CompletedTask;
    }

    public Task LookAsync() => Task.CompletedTask;
}
