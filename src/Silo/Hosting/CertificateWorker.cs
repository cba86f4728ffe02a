using Splitstream.Grains.Certificates;

namespace Splitstream.Silo.Hosting;

/// <summary>Computes the certificates of started experiments beside the requests.</summary>
public sealed class CertificateWorker(CertificateBook book) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await book.RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The orderly end.
        }
    }
}
