using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Splitstream.Bucketing.Tests;

/// <summary>The committed cases in stats/corpus/bucketing.json.</summary>
internal static class Corpus
{
    private static readonly Lazy<JsonElement> Document = new(() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "bucketing.json"))).RootElement);

    public static string Folder => Path.Combine(RepositoryRoot(), "stats", "corpus");

    public static IEnumerable<JsonElement> Rows(string part) => Document.Value.GetProperty(part).EnumerateArray();

    public static JsonElement Row(string part, string id) => Rows(part).Single(row => row.GetProperty("id").GetString() == id);

    public static TheoryData<string, string> Names(string part)
    {
        var names = new TheoryData<string, string>();
        foreach (JsonElement row in Rows(part))
        {
            names.Add(row.GetProperty("id").GetString()!, row.GetProperty("note").GetString()!);
        }

        return names;
    }

    public static WeightedVariant[] Variants(JsonElement owner) =>
        [.. owner.GetProperty("variants").EnumerateArray().Select(v => new WeightedVariant(v.GetProperty("key").GetString()!, v.GetProperty("weight").GetDouble()))];

    /// <summary>A JSON string as it stands in the file, lone surrogates included, which the framework's reader refuses.</summary>
    public static string Text(JsonElement element)
    {
        string raw = element.GetRawText()[1..^1];
        if (!raw.Contains(@"\ud", StringComparison.Ordinal))
        {
            return element.GetString()!;
        }

        var text = new StringBuilder();
        for (int i = 0; i < raw.Length; i++)
        {
            bool escaped = raw[i] == '\\' && raw[i + 1] == 'u';
            text.Append(escaped ? (char)ushort.Parse(raw.AsSpan(i + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : raw[i]);
            i += escaped ? 5 : 0;
        }

        return text.ToString();
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Splitstream.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Splitstream.sln above {AppContext.BaseDirectory}.");
    }
}
