using System.Globalization;
using System.Collections.Concurrent;
using Splitstream.Testing.Faults;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>
/// Does as the unit files say where systemd itself cannot run: program, user, variables, folders, signals and restarts, at paths inside the
/// installation's folder. What only hardens is left out.
/// </summary>
internal sealed class PlainUnits : IUnits
{
    private static readonly string[] InstalledFolders = ["/opt/splitstream", "/etc/splitstream", "/var/lib/splitstream"];
    private static readonly TimeSpan OrderPause = TimeSpan.FromMilliseconds(20);

    private const string Systemctl =
        """
        #!/bin/sh
        [ "$1" = restart ] || exit 2
        printf %s "$2" >"$ORDER.new" && mv "$ORDER.new" "$ORDER"
        while [ -e "$ORDER" ]; do sleep 0.05; done
        """;

    private readonly Installation _installation;
    private readonly string _why;
    private readonly bool _asUsers;
    private readonly ConcurrentDictionary<string, Running> _running = new();

    private PlainUnits(Installation installation, string why, bool asUsers)
    {
        _installation = installation;
        _why = why;
        _asUsers = asUsers;
    }

    public string Description => $"no systemd, because {_why}; unit files followed {(_asUsers ? "as their users" : "as the user of the test")}";

    /// <param name="why">Why systemd does not run them.</param>
    public static async Task<PlainUnits> CreateAsync(Installation installation, string why)
    {
        // The runtime may lie where only the user of the test can enter.
        var asUsers = Environment.IsPrivilegedProcess && (await Tool.RunAsync(
            [.. As(Installation.Users[Installation.ServerUser]), "test", "-x", Path.Combine(Installation.DotnetRoot, "dotnet")])).ExitCode == 0;
        return new PlainUnits(installation, why, asUsers);
    }

    public string Locate(string path) => _installation.At(path);

    public async Task StartAsync(string unit)
    {
        var (name, instance) = Split(unit);
        if (unit.EndsWith(".target", StringComparison.Ordinal))
        {
            var wanted = Directory.GetFiles(_installation.At($"/etc/systemd/system/{unit}.wants")).Select(file => Path.GetFileName(file)!);
            await Task.WhenAll(wanted.Select(StartAsync));
            return;
        }

        var file = UnitFile.Parse(Relocate(await File.ReadAllTextAsync(_installation.At($"/etc/systemd/system/{name}"))), instance);
        var environment = await PrepareAsync(file);
        string[] command = [.. UserOf(file) is { } user ? As(user) : [], "sh", "-c", "umask $0; cd \"$1\"; shift; exec \"$@\"",
            file.Get("UMask", "0022"), file.Get("WorkingDirectory", "/"), .. file.Get("ExecStart", "").Split(' ')];
        var log = _installation.At($"/var/log/{unit}.log");
        switch (file.Get("Type", "simple"))
        {
            case "oneshot":
                var run = await Tool.RunAsync(command, environment: environment);
                if (run.ExitCode != 0) throw new InvalidOperationException(run.ToString());
                break;
            case "exec":
                var running = new Running(file, () => Supervised.Start(command, log, environment));
                if (_running.TryRemove(unit, out var before)) await before.StopAsync();
                _running[unit] = running;
                running.Start();
                break;
            default:
                throw new NotSupportedException($"{unit}: Type={file.Get("Type", "simple")} would need systemd.");
        }
    }

    public async Task StopAsync(string unit)
    {
        var units = unit.EndsWith(".target", StringComparison.Ordinal) ? [.. _running.Keys] : new[] { unit };
        await Task.WhenAll(units.Select(each => _running.TryRemove(each, out var running) ? running.StopAsync() : Task.CompletedTask));
    }

    public Task KillAsync(string unit)
    {
        ProcessSignals.Kill(_running[unit].Id);
        return Task.CompletedTask;
    }

    /// <summary>Runs the script, whose systemctl hands each order to this process and waits until it is carried out.</summary>
    public async Task RollAsync(params int[] ports)
    {
        using var scratch = new Scratch();
        var order = scratch.PathOf("order");
        File.SetUnixFileMode(scratch.Write("systemctl", Systemctl), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var rolling = Tool.RunAsync(
            [_installation.At("/opt/splitstream/systemd/roll"), .. ports.Select(port => $"{port}")],
            environment: new Dictionary<string, string> { ["PATH"] = $"{scratch.Folder}:{Environment.GetEnvironmentVariable("PATH")}", ["ORDER"] = order });
        while (!rolling.IsCompleted)
        {
            if (File.Exists(order))
            {
                await StartAsync(await File.ReadAllTextAsync(order));
                File.Delete(order);
            }

            await Task.Delay(OrderPause);
        }

        var run = await rolling;
        if (!run.IsOk) throw new InvalidOperationException(run.ToString());
    }

    public async ValueTask DisposeAsync() => await StopAsync("splitstream.target");

    private static string[] As(int user) => ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", "--no-new-privs", "--"];

    private static (string File, string Instance) Split(string unit)
    {
        var at = unit.IndexOf('@', StringComparison.Ordinal);
        var dot = unit.LastIndexOf('.');
        return at < 0 ? (unit, "") : (unit[..(at + 1)] + unit[dot..], unit[(at + 1)..dot]);
    }

    private string Relocate(string text) =>
        InstalledFolders.Aggregate(text, (moved, folder) => moved.Replace(folder, _installation.At(folder), StringComparison.Ordinal));

    private int? UserOf(UnitFile file) => _asUsers ? Installation.Users[file.Get("User", "")] : null;

    private async Task<Dictionary<string, string>> PrepareAsync(UnitFile file)
    {
        if (file.All("StateDirectory").LastOrDefault() is { } state)
        {
            var folder = Directory.CreateDirectory(_installation.At($"/var/lib/{state}")).FullName;
            File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32(file.Get("StateDirectoryMode", "0755"), 8));
            if (UserOf(file) is { } user) await Tool.SucceedAsync("chown", "-R", $"{user}:{user}", folder);
        }

        var lines = file.All("Environment").ToList();
        foreach (var path in file.All("EnvironmentFile"))
        {
            if (File.Exists(path.TrimStart('-'))) lines.AddRange(await File.ReadAllLinesAsync(path.TrimStart('-')));
            else if (path[0] != '-') throw new InvalidOperationException($"EnvironmentFile={path} is missing.");
        }

        var variables = new Dictionary<string, string> { ["DOTNET_ROOT"] = Installation.DotnetRoot };
        foreach (var line in lines.Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#'))
            variables[line[..line.IndexOf('=', StringComparison.Ordinal)]] = Relocate(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        variables["DOTNET_ROOT"] = Installation.DotnetRoot;
        return variables;
    }

    /// <summary>A service that is started again as its unit says.</summary>
    private sealed class Running(UnitFile file, Func<Supervised> launch)
    {
        private readonly int _signal = file.Get("KillSignal", "SIGTERM") == "SIGTERM"
            ? 15 : throw new NotSupportedException("Only SIGTERM is sent.");

        private readonly TimeSpan _patience = Seconds(file.Get("TimeoutStopSec", "90"));
        private readonly TimeSpan _pause = Seconds(file.Get("RestartSec", "0.1"));
        private volatile bool _stopping;
        private volatile Supervised? _process;
        private Task _watching = Task.CompletedTask;

        public int Id => _process!.Id;

        public void Start()
        {
            _process = launch();
            _watching = WatchAsync();
        }

        public async Task StopAsync()
        {
            _stopping = true;
            await _process!.StopAsync(_signal, _patience);
            await _watching;
            await _process!.StopAsync(_signal, _patience);
        }

        private static TimeSpan Seconds(string value) => TimeSpan.FromSeconds(double.Parse(value, CultureInfo.InvariantCulture));

        private async Task WatchAsync()
        {
            while (await _process!.WaitAsync() != 0 && !_stopping && file.Get("Restart", "no") == "on-failure")
            {
                await Task.Delay(_pause);
                if (!_stopping) _process = launch();
            }
        }
    }
}
