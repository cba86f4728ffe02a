using System.Runtime.InteropServices;
using Splitstream.Cli;

var patience = TimeSpan.FromSeconds(2);
var firstSignal = 0L;
using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);

return await new CommandLine(Checkout.Find(), Terminal.OfProcess()).RunAsync(args, interrupted.Token);

void Cancel(PosixSignalContext context)
{
    // The first signal asks for an orderly end; a later one, of a person who has waited enough, ends at once. Wrappers
    // signal a process and then its whole group, so what follows immediately is the same wish.
    context.Cancel = !interrupted.IsCancellationRequested || TimeProvider.System.GetElapsedTime(firstSignal) < patience;
    if (!interrupted.IsCancellationRequested)
    {
        firstSignal = TimeProvider.System.GetTimestamp();
        interrupted.Cancel();
    }
}
