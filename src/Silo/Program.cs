using Splitstream.Bucketing;
using Splitstream.Silo;
using Splitstream.Silo.Options;

if (!Bucket.NormalisationWorks())
{
    Console.Error.WriteLine("This process cannot normalise Unicode text (globalization-invariant mode or missing ICU); it would bucket wrongly.");
    return 1;
}

// Every request may await the database or Redis at once; a pool that grows by two threads a second would stall the first burst.
ThreadPool.SetMinThreads(64, 64);
var configuration = new ConfigurationBuilder()
    .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
    .AddEnvironmentVariables()
    .AddCommandLine(args)
    .Build();
var options = (configuration.GetSection(ServerOptions.Section).Get<ServerOptions>() ?? new ServerOptions()).Validate();
await using var app = await Server.CreateAsync(options, CancellationToken.None);
if (!options.PrepareOnly)
{
    await app.RunAsync();
}

return 0;
