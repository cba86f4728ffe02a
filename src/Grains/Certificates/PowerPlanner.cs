using Splitstream.Grains.Interfaces.Analysis;

namespace Splitstream.Grains.Certificates;

/// <summary>Plans one experiment at a time: each takes all processors for some seconds.</summary>
public sealed class PowerPlanner : IPowerPlanner, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public async Task<PowerPlanResult> PlanAsync(PlannedPower planned, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => PowerComputation.Compute(planned, Environment.ProcessorCount, cancellation), cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();
}
