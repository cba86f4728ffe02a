using System.Globalization;
using Splitstream.Testing;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>
/// systemd itself, as the first process of namespaces of its own, with the installation's files at their real paths. What it mounts and
/// changes is its own: the host's files are read-only for it but for the installation's folder, and everything goes when it ends.
/// </summary>
internal sealed class NestedSystemd : IUnits
{
    private const string Program = "/lib/systemd/systemd";

    /// <summary>What the units' targets need; udev, journal and whatever else the host would start stay out.</summary>
    private static readonly string[] HostUnits =
        ["basic", "local-fs", "network", "network-online", "paths", "shutdown", "slices", "sockets", "sysinit", "timers", "umount"];

    /// <summary>Joins a control group and becomes unshare, whose end takes everything in the namespaces along.</summary>
    private const string Begin =
        """
        mkdir "$GROUP" && echo $$ >"$GROUP/cgroup.procs" || exit 1
        exec unshare --fork --pid --mount --cgroup --ipc --uts --kill-child=KILL sh "$STAGE"
        """;

    private const string Stage =
        """
        set -e
        mount -t tmpfs -o mode=755 tmpfs /run
        mkdir -p /run/lock /run/host-etc/upper /run/host-etc/work /run/host-dev
        cp -a "$ROOT/etc/." /run/host-etc/upper
        mount -t overlay -o lowerdir=/etc,upperdir=/run/host-etc/upper,workdir=/run/host-etc/work overlay /etc
        mount --bind "$DOTNET" "$ROOT/opt/dotnet"
        mount --rbind "$ROOT/opt" /opt
        mount --bind "$ROOT/var/lib" /var/lib
        mount --bind "$ROOT/var/log" /var/log
        mount --bind /dev /run/host-dev
        mount -t tmpfs -o mode=755 tmpfs /dev
        mkdir /dev/shm /dev/pts /dev/mqueue
        ln -s pts/ptmx /dev/ptmx
        for node in null zero full random urandom tty; do
            touch "/dev/$node"
            mount --bind "/run/host-dev/$node" "/dev/$node"
        done
        umount /run/host-dev
        mount -t proc proc /proc
        mount --bind /proc/sys /proc/sys
        mount -o remount,bind,ro /proc/sys
        mount --bind /sys /sys
        mount -o remount,bind,ro /sys
        mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        mount -o remount,bind,ro /
        mount -t tmpfs -o mode=1777 tmpfs /tmp
        mount -t tmpfs -o mode=1777 tmpfs /var/tmp
        cd /
        exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin container=test SYSTEMD_UNIT_PATH=/etc/systemd/system \
            /lib/systemd/systemd --system --unit=splitstream.target --log-target=console --show-status=no
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int Kill = 9;

    private readonly Supervised _unshare;
    private readonly string _group;
    private readonly int _first;

    private NestedSystemd(Supervised unshare, string group, int first, string version)
    {
        _unshare = unshare;
        _group = group;
        _first = first;
        Description = $"{version} in namespaces of its own";
    }

    public string Description { get; }

    /// <summary>Starts systemd on an installation.</summary>
    /// <returns>No units and the reason when this machine does not allow it.</returns>
    public static async Task<(NestedSystemd? Units, string Reason)> TryStartAsync(Installation installation)
    {
        if (!Environment.IsPrivilegedProcess) return (null, "the test does not run as root");
        if (!File.Exists(Program)) return (null, $"there is no {Program}");
        if (FindControlGroups() is not { } hierarchy) return (null, "no cgroup2 hierarchy is mounted");
        foreach (var unit in HostUnits.Select(name => name + ".target"))
            File.Copy($"/lib/systemd/system/{unit}", installation.At($"/etc/systemd/system/{unit}"), overwrite: true);
        // There is no journal.
        await File.WriteAllTextAsync(
            Path.Combine(Directory.CreateDirectory(installation.At("/etc/systemd/system/service.d")).FullName, "log.conf"),
            "[Service]\nStandardOutput=append:/var/log/%n.log\nStandardError=append:/var/log/%n.log\n");
        var stage = Path.Combine(installation.Root, "stage");
        await File.WriteAllTextAsync(stage, Stage);
        var group = Path.Combine(hierarchy, Path.GetFileName(installation.Root));
        var log = installation.At("/var/log/systemd.log");
        var unshare = Supervised.Start(["sh", "-c", Begin], log, new Dictionary<string, string>
        {
            ["GROUP"] = group, ["STAGE"] = stage, ["ROOT"] = installation.Root, ["DOTNET"] = Installation.DotnetRoot,
        });
        var started = TimeProvider.System.GetTimestamp();
        while (!unshare.HasEnded && TimeProvider.System.GetElapsedTime(started) < Patience)
        {
            if (FindFirst(unshare.Id) is { } first && await RunsAsync(first))
                return (new NestedSystemd(unshare, group, first, (await Tool.SucceedAsync(Program, "--version")).Split('\n')[0]), "");
            await Task.Delay(50);
        }

        await EndAsync(unshare, group);
        return (null, $"systemd did not start in namespaces: {await File.ReadAllTextAsync(log)}");
    }

    public string Locate(string path) => $"/proc/{_first}/root{path}";

    public async Task StartAsync(string unit)
    {
        var run = await EnterAsync(_first, "systemctl", "start", unit);
        if (run.ExitCode == 0) return;
        var status = await EnterAsync(_first, "systemctl", "status", "--no-pager", unit);
        throw new InvalidOperationException($"{run}\n{status.Output}");
    }

    public Task StopAsync(string unit) => SucceedAsync("systemctl", "stop", unit);

    public Task KillAsync(string unit) => SucceedAsync("systemctl", "kill", "--signal=KILL", unit);

    public Task RollAsync(params int[] ports) =>
        SucceedAsync(["/opt/splitstream/systemd/roll", .. ports.Select(port => $"{port}")]);

    public async ValueTask DisposeAsync()
    {
        await EnterAsync(_first, "systemctl", "stop", "splitstream.target");
        await EndAsync(_unshare, _group);
    }

    private static async Task EndAsync(Supervised unshare, string group)
    {
        await unshare.StopAsync(Kill);
        await unshare.DisposeAsync();
        // What lived in the namespaces ends a moment after their first process.
        var events = Path.Combine(group, "cgroup.events");
        await Until.TrueAsync(() => !File.Exists(events) || File.ReadAllText(events).Contains("populated 0", StringComparison.Ordinal));
        RemoveGroup(group);
    }

    /// <summary>The files in a control group cannot be deleted and go with it.</summary>
    private static void RemoveGroup(string group)
    {
        if (!Directory.Exists(group)) return;
        foreach (var inner in Directory.GetDirectories(group)) RemoveGroup(inner);
        Directory.Delete(group);
    }

    private static string? FindControlGroups() => File.ReadLines("/proc/mounts").Select(line => line.Split(' '))
        .Where(mount => mount[2] == "cgroup2" && Directory.Exists(mount[1])).Select(mount => mount[1]).FirstOrDefault();

    /// <summary>The first process of the namespaces; null while it is still being made.</summary>
    private static int? FindFirst(int unshare)
    {
        try
        {
            return File.ReadAllText($"/proc/{unshare}/task/{unshare}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(child => (int?)int.Parse(child, CultureInfo.InvariantCulture))
                .FirstOrDefault(child => File.ReadAllText($"/proc/{child}/comm").Trim() == "systemd");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<bool> RunsAsync(int first) =>
        (await EnterAsync(first, "systemctl", "is-system-running")).Output.Trim() is "running" or "starting";

    private static Task<Tool> EnterAsync(int first, params string[] command) =>
        Tool.RunAsync(["nsenter", $"--target={first}", "--pid", "--mount", "--cgroup", "--ipc", "--uts", "--", .. command]);

    private async Task SucceedAsync(params string[] command)
    {
        var run = await EnterAsync(_first, command);
        if (run.ExitCode != 0) throw new InvalidOperationException(run.ToString());
    }
}
