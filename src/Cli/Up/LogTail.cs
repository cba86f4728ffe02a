namespace Splitstream.Cli.Up;

/// <summary>The end of a log, for an error message, and the cap on its size.</summary>
public static class LogTail
{
    private const int Lines = 20;

    /// <summary>A log larger than this at start is set aside under the name with `.1`.</summary>
    private const long RotateBytes = 64 * 1024 * 1024;

    /// <summary>The last lines of a file; empty when there is no file.</summary>
    public static string Of(string path) =>
        File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(Lines)) : "";

    /// <summary>Sets a large log aside, so that two files bound its size.</summary>
    public static void Rotate(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length > RotateBytes)
        {
            File.Move(path, path + ".1", overwrite: true);
        }
    }
}
