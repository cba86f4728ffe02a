using System.Collections.Frozen;
using System.Text;

namespace Splitstream.Grains.Interfaces.Errors;

/// <summary>The wire names of <see cref="ErrorCode"/>.</summary>
public static class ErrorCodes
{
    private static readonly FrozenDictionary<ErrorCode, string> Names =
        Enum.GetValues<ErrorCode>().ToFrozenDictionary(code => code, code => SnakeCase(code.ToString()));

    /// <summary>The stable code for programs, e.g. <c>experiment_not_found</c>.</summary>
    public static string ToCode(this ErrorCode code) => Names[code];

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
