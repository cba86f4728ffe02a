using System.Text;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Pieces of bodies.</summary>
internal static class Texts
{
    /// <summary>Half of a surrogate pair as an escape, which is JSON and no text.</summary>
    public const string High = "\\ud83d";

    public const string Low = "\\ude00";

    public static string Times(this string text, int times) => new StringBuilder(text.Length * times).Insert(0, text, times).ToString();

    public static string List(string item, int times) => string.Join(',', Enumerable.Repeat(item, times));

    /// <summary>Text with bytes in place of <c>@</c>, for what is no UTF-8.</summary>
    public static byte[] With(string text, params byte[] bytes)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return [.. Encoding.UTF8.GetBytes(text[..at]), .. bytes, .. Encoding.UTF8.GetBytes(text[(at + 1)..])];
    }
}
