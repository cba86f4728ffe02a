namespace Splitstream.Cli.Up;

/// <summary>Installs the distribution's PostgreSQL by apt, where that needs no question.</summary>
public static class PostgresPackage
{
    private const string Package = "postgresql";
    private const string ClusterSettingsFolder = "/etc/postgresql-common/createcluster.d";

    private static readonly Dictionary<string, string> Environment = new() { ["DEBIAN_FRONTEND"] = "noninteractive", ["LC_ALL"] = "C" };

    /// <summary>Installs the package, as root or through sudo without a password.</summary>
    /// <exception cref="CliException">It may not, or apt failed; the message names the command to run.</exception>
    public static async Task InstallAsync(TextWriter messages, CancellationToken cancellationToken)
    {
        const string byHand = "Install it yourself and run this again: sudo apt-get install postgresql";
        if (!File.Exists("/usr/bin/apt-get"))
        {
            throw new CliException($"PostgreSQL {PostgresInstallation.OldestMajor} or newer is missing, and this machine has no apt.",
                "Install PostgreSQL by the means of your system and run this again; SPLITSTREAM_PG_BIN may name the folder of its programs.");
        }

        string[] asRoot = Posix.IsRoot ? [] : ["sudo", "-n"];
        if (!Posix.IsRoot && !await MaySudoAsync(cancellationToken))
        {
            throw new CliException(
                $"PostgreSQL {PostgresInstallation.OldestMajor} or newer is missing, and user '{System.Environment.UserName}' may not install it.", byHand);
        }

        messages.WriteLine("Installing PostgreSQL with apt (once) ...");
        // The package would make and start a cluster of its own; ours is private, so none is asked for.
        var noCluster = Path.Combine(ClusterSettingsFolder, "splitstream.conf");
        await CommandRunner.RunAsync(
            [.. asRoot, "sh", "-c", $"mkdir -p {ClusterSettingsFolder} && echo 'create_main_cluster = false' > {noCluster}"], Environment, cancellationToken);
        try
        {
            string[] install =
            [
                .. asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends",
                "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Options::=--force-confold", Package,
            ];
            var first = await CommandRunner.RunAsync(install, Environment, cancellationToken);
            if (first.ExitCode == 0)
            {
                return;
            }

            // The package lists are missing or old, as in a fresh container.
            await CommandRunner.RunAsync([.. asRoot, "apt-get", "update", "-q"], Environment, cancellationToken);
            var second = await CommandRunner.RunAsync(install, Environment, cancellationToken);
            if (second.ExitCode != 0)
            {
                messages.WriteLine(second.Output);
                throw new CliException("apt could not install PostgreSQL; its messages are above.", byHand);
            }
        }
        finally
        {
            await CommandRunner.RunAsync([.. asRoot, "rm", "-f", noCluster], Environment, CancellationToken.None);
        }
    }

    private static async Task<bool> MaySudoAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await CommandRunner.RunAsync(["sudo", "-n", "true"], null, cancellationToken)).ExitCode == 0;
        }
        catch (CliException)
        {
            return false;
        }
    }
}
