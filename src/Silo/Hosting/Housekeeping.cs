using Orleans;
using Splitstream.Grains.Catalog;
using Splitstream.Grains.Interfaces.Analysis;
using Splitstream.Storage.Database;
using Splitstream.Storage.Events;
using Splitstream.Storage.Metrics;

namespace Splitstream.Silo.Hosting;

/// <summary>
/// What a server does without being asked: time partitions ahead, aggregation, looks scheduled for whatever runs, and servers that died
/// forgotten.
/// </summary>
public sealed class Housekeeping(
    PartitionKeeper partitions,
    Aggregator aggregator,
    CatalogCache catalog,
    NodeTelemetry nodes,
    ConfigurationChange configuration,
    IGrainFactory grains,
    TimeProvider time,
    ILogger<Housekeeping> log) : BackgroundService
{
    /// <summary>Sums are this much behind acknowledged events at most, plus the time one aggregation takes.</summary>
    private static readonly TimeSpan AggregationPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan AfterFault = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(
                KeepPartitionsAsync(stoppingToken),
                aggregator.RunAsync(AggregationPause, Report, stoppingToken),
                ScheduleLooksAsync(),
                ForgetTheDeadAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The orderly end.
        }
    }

    /// <summary>A fault ends one pass; ingest makes a missing day itself, so the next try may wait.</summary>
    private async Task KeepPartitionsAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await partitions.RunAsync(cancellation);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Report(exception);
                await Task.Delay(AfterFault, time, cancellation);
            }
        }
    }

    /// <summary>
    /// A server that died is removed by the next change, which waits for it once. When no change comes, one that changes nothing does it, so
    /// that nobody has to wait and nobody is called silent for days.
    /// </summary>
    private async Task ForgetTheDeadAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Round, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                if (nodes.Silent > 0)
                {
                    await configuration.SettleAsync(cancellation);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Report(exception);
            }
        }
    }

    private async Task ScheduleLooksAsync()
    {
        foreach (var key in catalog.Current.RunningKeys)
        {
            try
            {
                await grains.GetGrain<IAnalysisGrain>(key).ScheduleAsync();
            }
            catch (Exception exception)
            {
                Report(exception);
            }
        }
    }

    private void Report(Exception exception) => log.LogWarning(exception, "Housekeeping failed and goes on.");
}
