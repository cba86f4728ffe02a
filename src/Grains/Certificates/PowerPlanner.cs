using Splitstream.Grains.Interfaces.Analysis;

namespace Splitstream.Grains.Certificates;

/// <summary>Plans one experiment at a time: each takes all processors for some seconds.</summary>
public sealed class PowerPlanner : IPowerPlanner, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public async Task<PowerPlanResult?> PlanAsync(PlannedPower planned, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => PowerComputation.Compute(planned, Environment.ProcessorCount, cancellation), cancellation);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException or AggregateException { InnerException: ArgumentException or OverflowException })
        {
            // In range each by itself, and together more than can be simulated.
            return null;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
