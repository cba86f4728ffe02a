namespace Splitstream.Deployment.Tests.Live;

/// <summary>The directives of a service unit, with the instance put in. Refuses those that <see cref="PlainUnits"/> would not follow.</summary>
internal sealed class UnitFile
{
    private static readonly HashSet<string> Followed =
    [
        "Service.Type", "Service.User", "Service.Group", "Service.Environment", "Service.EnvironmentFile", "Service.ExecStart",
        "Service.WorkingDirectory", "Service.StateDirectory", "Service.StateDirectoryMode", "Service.UMask", "Service.Restart",
        "Service.RestartSec", "Service.KillSignal", "Service.TimeoutStopSec", "Service.NoNewPrivileges",
    ];

    /// <summary>What only protects, orders, or describes: a service that does its work with it does so without it.</summary>
    private static readonly HashSet<string> Unneeded =
    [
        "Unit.Description", "Unit.Wants", "Unit.After", "Unit.PartOf", "Unit.StartLimitIntervalSec", "Install.WantedBy",
        "Service.Nice", "Service.IOSchedulingClass", "Service.LimitNOFILE", "Service.LimitCORE", "Service.CapabilityBoundingSet",
        "Service.ProtectSystem", "Service.ProtectHome", "Service.PrivateTmp", "Service.PrivateDevices", "Service.ProtectClock",
        "Service.ProtectControlGroups", "Service.ProtectHostname", "Service.ProtectKernelLogs", "Service.ProtectKernelModules",
        "Service.ProtectKernelTunables", "Service.ProtectProc", "Service.RestrictAddressFamilies", "Service.RestrictNamespaces",
        "Service.RestrictRealtime", "Service.RestrictSUIDSGID", "Service.LockPersonality", "Service.RemoveIPC",
        "Service.SystemCallArchitectures", "Service.SystemCallFilter",
    ];

    private readonly List<(string Name, string Value)> _directives = [];

    private UnitFile()
    {
    }

    /// <exception cref="NotSupportedException">A line is neither followed nor known to be unneeded.</exception>
    public static UnitFile Parse(string text, string instance)
    {
        var file = new UnitFile();
        var section = "";
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')))
        {
            if (line[0] == '[')
            {
                section = line.Trim('[', ']');
                continue;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? line : $"{section}.{line[..equals]}";
            if (line[^1] == '\\' || !(Followed.Contains(name) || Unneeded.Contains(name)))
                throw new NotSupportedException($"'{line}' in section {section} would need systemd.");
            var value = line[(equals + 1)..].Replace("%i", instance, StringComparison.Ordinal);
            if (value.Contains('%', StringComparison.Ordinal)) throw new NotSupportedException($"'{line}': only %i is put in.");
            file._directives.Add((name, value));
        }

        return file;
    }

    /// <summary>All values of a directive in their order.</summary>
    public IEnumerable<string> All(string name) =>
        _directives.Where(directive => directive.Name == $"Service.{name}").Select(directive => directive.Value);

    /// <summary>The last value, which wins.</summary>
    public string Get(string name, string otherwise) => All(name).LastOrDefault() ?? otherwise;
}
