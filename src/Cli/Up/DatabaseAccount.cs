using System.Globalization;

namespace Splitstream.Cli.Up;

/// <summary>
/// The user that runs the database. PostgreSQL refuses to run as root, so root lends it the account `postgres`;
/// everybody else runs it as themselves.
/// </summary>
/// <param name="Name">The user's name, for messages.</param>
/// <param name="Switch">User and group ids to switch to; null when no switch is needed.</param>
public sealed record DatabaseAccount(string Name, (uint User, uint Group)? Switch)
{
    private const string PackageAccount = "postgres";

    /// <summary>Chooses the account: the owner of an existing cluster, else `postgres` for root, else oneself.</summary>
    public static async Task<DatabaseAccount> ChooseAsync(DataFolder data, CancellationToken cancellationToken)
    {
        if (!Posix.IsRoot)
        {
            return new DatabaseAccount(Environment.UserName, null);
        }

        if (Directory.Exists(data.DatabaseFolder))
        {
            var owner = await CommandRunner.RunAsync(["stat", "-c", "%u %g %U", data.DatabaseFolder], null, cancellationToken);
            var parts = owner.Output.Split(' ');
            if (owner.ExitCode == 0 && parts[0] != "0")
            {
                return new DatabaseAccount(parts[2], (ParseId(parts[0]), ParseId(parts[1])));
            }
        }

        var user = await CommandRunner.RunAsync(["id", "-u", PackageAccount], null, cancellationToken);
        var group = await CommandRunner.RunAsync(["id", "-g", PackageAccount], null, cancellationToken);
        if (user.ExitCode != 0 || group.ExitCode != 0)
        {
            throw new CliException(
                $"PostgreSQL does not run as root, and there is no user '{PackageAccount}' to run it.",
                $"Install the distribution's package (apt-get install postgresql), or add the user: useradd --system {PackageAccount}");
        }

        return new DatabaseAccount(PackageAccount, (ParseId(user.Output), ParseId(group.Output)));
    }

    /// <summary>The command as this account runs it; it replaces the switching process, so process ids stay.</summary>
    public IReadOnlyList<string> Wrap(params IReadOnlyList<string> command) => Switch is { } ids
        ? ["setpriv", $"--reuid={ids.User}", $"--regid={ids.Group}", "--clear-groups", "--", .. command]
        : command;

    /// <summary>Gives a path to this account where it is not the current user.</summary>
    public void TakeOver(string path)
    {
        if (Switch is { } ids)
        {
            Posix.ChangeOwner(path, ids.User, ids.Group);
        }
    }

    /// <summary>Refuses a data folder that this account cannot enter, and names the folder that blocks the way.</summary>
    public async Task RequireAccessAsync(DataFolder data, CancellationToken cancellationToken)
    {
        if (Switch is null)
        {
            return;
        }

        var folders = new List<string>();
        for (var folder = new DirectoryInfo(data.Path); folder is not null; folder = folder.Parent)
        {
            folders.Insert(0, folder.FullName);
        }

        const string firstBlocked = "for folder; do [ -x \"$folder\" ] || { printf %s \"$folder\"; exit 1; }; done";
        var check = await CommandRunner.RunAsync(
            Wrap(["bash", "-c", firstBlocked, "splitstream", .. folders]), null, cancellationToken);
        if (check.ExitCode != 0)
        {
            throw new CliException(
                $"The database runs as user '{Name}', who cannot enter the folder {check.Output} on the way to {data.Path}.",
                $"Choose a data folder elsewhere with --data, or let others pass through: chmod o+x '{check.Output}'");
        }
    }

    private static uint ParseId(string text) => uint.Parse(text, CultureInfo.InvariantCulture);
}
