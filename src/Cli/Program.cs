using System.Runtime.InteropServices;
using Splitstream.Cli;

using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Cancel);

return await new CommandLine(Checkout.Find(), Terminal.OfProcess()).RunAsync(args, interrupted.Token);

void Cancel(PosixSignalContext context)
{
    // The first signal asks for an orderly end; a second one of a person who has waited enough ends at once.
    context.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
}
