namespace Splitstream.Deployment.Tests.Support;

/// <summary>A folder for a test, removed with it.</summary>
internal sealed class Scratch : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("splitstream-manifests-").FullName;

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <returns>The path of the file written.</returns>
    public string Write(string name, string text)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Copies a folder of the sources under its own name.</summary>
    /// <returns>The path of the copy.</returns>
    public string CopyOf(string folder)
    {
        var copy = PathOf(Path.GetFileName(folder));
        foreach (var file in Sources.Files(folder, "*"))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Sources.PathOf(file), target);
        }

        return copy;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
