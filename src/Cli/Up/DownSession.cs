namespace Splitstream.Cli.Up;

/// <summary>One run of `down`: first the servers, then the database; nothing to stop is no error.</summary>
public sealed class DownSession(DataFolder data, Checkout checkout, Terminal terminal)
{
    /// <summary>How long an `up` at work on the folder may take to end after it was asked to.</summary>
    private static readonly TimeSpan OwnerPatience = TimeSpan.FromSeconds(90);

    /// <summary>Stops what runs on the data folder.</summary>
    public async Task<int> RunAsync()
    {
        if (!Directory.Exists(data.Path))
        {
            terminal.Error.WriteLine($"There is no data folder {data.Path}; nothing runs on it.");
            return ExitCode.Ok;
        }

        var somethingRan = false;
        var held = UpLock.TryTake(data);
        if (held is null)
        {
            somethingRan = true;
            UpState.Read(data).Owner?.Signal(Posix.Terminate);
            held = await UpLock.TakeAsync(data, OwnerPatience, terminal.Time)
                ?? throw new CliException($"Another `up` or `down` is still at work on {data.Path} after {OwnerPatience.TotalSeconds} s.");
        }

        using (held)
        {
            var state = UpState.Read(data);
            var servers = new ServerProcess(data, checkout, terminal.Time);
            somethingRan |= state.LiveServers().Count > 0;
            await servers.StopAsync(state.Servers);
            somethingRan |= await PostgresCluster.StopAsync(data, terminal.Time);
            state.Stopped().Write(data);
        }

        terminal.Error.WriteLine(somethingRan ? $"Stopped. The data stays in {data.Path}" : $"Nothing was running on {data.Path}");
        return ExitCode.Ok;
    }
}
