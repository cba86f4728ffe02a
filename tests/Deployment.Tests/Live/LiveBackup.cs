using System.Globalization;

namespace Splitstream.Deployment.Tests.Live;

/// <summary>A backup that a unit made, and what the scripts do with it.</summary>
internal sealed class LiveBackup(string folder)
{
    private const string SumAgain =
        """
        cd "$0" && rm SHA256SUMS && sums=$(find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) && echo "$sums" >SHA256SUMS
        """;

    /// <summary>The newest backup of an installation.</summary>
    public static LiveBackup Newest(Installation installation) =>
        new(Directory.GetDirectories(installation.At("/var/lib/splitstream-backup"), "splitstream-*").Order(StringComparer.Ordinal).Last());

    /// <summary>The name that tells when it was taken.</summary>
    public string Name => Path.GetFileName(folder);

    /// <summary>Lines of figures, the last word of each as its value.</summary>
    public IReadOnlyDictionary<string, long> Rows => File.ReadLines(Path.Combine(folder, "figures"))
        .Where(line => line.StartsWith("rows ", StringComparison.Ordinal)).Select(line => line.Split(' '))
        .ToDictionary(words => words[1], words => long.Parse(words[2], CultureInfo.InvariantCulture));

    /// <summary>The ledger's line of a kind, name after name with its value.</summary>
    public IReadOnlyDictionary<string, long> Ledger(string kind) => File.ReadLines(Path.Combine(folder, "figures"))
        .Single(line => line.StartsWith($"ledger {kind} ", StringComparison.Ordinal)).Split(' ').Skip(2).Chunk(2)
        .ToDictionary(pair => pair[0], pair => long.Parse(pair[1], CultureInfo.InvariantCulture));

    /// <summary>Runs the script as an operator does.</summary>
    public Task<Tool> RestoreAsync(LiveDatabase target, string database = "splitstream") => Tool.RunAsync(
        [Sources.PathOf("deploy/backup/restore"), folder, database],
        environment: new Dictionary<string, string>
        {
            ["PGHOST"] = "127.0.0.1", ["PGPORT"] = $"{target.Port}", ["PGUSER"] = "splitstream", ["PGPASSWORD"] = LiveDatabase.Password,
        });

    /// <summary>A copy that may be spoiled.</summary>
    public async Task<LiveBackup> CopyAsync(string to)
    {
        await Tool.SucceedAsync("cp", "-a", folder, to);
        return new LiveBackup(to);
    }

    /// <summary>Changes a byte in the middle of the largest file.</summary>
    public void Damage()
    {
        var largest = Directory.GetFiles(Path.Combine(folder, "dump")).MaxBy(file => new FileInfo(file).Length)!;
        var bytes = File.ReadAllBytes(largest);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(largest, bytes);
    }

    /// <summary>Claims one assignment more than the dump holds, with good checksums.</summary>
    public async Task OverstateAsync()
    {
        var figures = Path.Combine(folder, "figures");
        var count = Rows["public.assignments"];
        await File.WriteAllTextAsync(figures, (await File.ReadAllTextAsync(figures)).Replace(
            $"rows public.assignments {count}\n", $"rows public.assignments {count + 1}\n", StringComparison.Ordinal));
        await Tool.SucceedAsync("sh", "-c", SumAgain, folder);
    }
}
