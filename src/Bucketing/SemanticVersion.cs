using System.Text.RegularExpressions;

namespace Splitstream.Bucketing;

/// <summary>A version with the precedence of Semantic Versioning 2.0.0, section 11.</summary>
/// <remarks>
/// Apps often leave out what is zero, so one to three numbers are accepted: <c>10.2</c> is <c>10.2.0</c>. A leading v, leading
/// zeros and a fourth number are refused. Numbers may be arbitrarily large; build metadata is read and ignored.
/// </remarks>
internal sealed partial class SemanticVersion : IComparable<SemanticVersion>
{
    public const int MaxLength = 256;

    private readonly string[] _numbers;
    private readonly string[] _preRelease;

    private SemanticVersion(string[] numbers, string[] preRelease)
    {
        _numbers = numbers;
        _preRelease = preRelease;
    }

    public static SemanticVersion? TryParse(string text)
    {
        Match match = text.Length <= MaxLength ? Form().Match(text) : Match.Empty;
        if (!match.Success)
        {
            return null;
        }

        string[] given = match.Groups["numbers"].Value.Split('.');
        string preRelease = match.Groups["pre"].Value;
        return new SemanticVersion(
            [given[0], given.ElementAtOrDefault(1) ?? "0", given.ElementAtOrDefault(2) ?? "0"],
            preRelease.Length == 0 ? [] : preRelease.Split('.'));
    }

    public int CompareTo(SemanticVersion? other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int i = 0; i < _numbers.Length; i++)
        {
            int order = CompareNumbers(_numbers[i], other._numbers[i]);
            if (order != 0)
            {
                return order;
            }
        }

        // A version without a pre-release comes after all of its pre-releases.
        if (_preRelease.Length == 0 || other._preRelease.Length == 0)
        {
            return (_preRelease.Length == 0).CompareTo(other._preRelease.Length == 0);
        }

        for (int i = 0; i < Math.Min(_preRelease.Length, other._preRelease.Length); i++)
        {
            int order = CompareIdentifiers(_preRelease[i], other._preRelease[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return _preRelease.Length.CompareTo(other._preRelease.Length);
    }

    private static int CompareIdentifiers(string left, string right)
    {
        bool leftIsNumber = left.All(char.IsAsciiDigit);
        bool rightIsNumber = right.All(char.IsAsciiDigit);
        if (leftIsNumber != rightIsNumber)
        {
            return leftIsNumber ? -1 : 1;
        }

        return leftIsNumber ? CompareNumbers(left, right) : string.CompareOrdinal(left, right);
    }

    /// <summary>Without leading zeros the longer number is the larger one, so no number needs to fit a machine word.</summary>
    private static int CompareNumbers(string left, string right) =>
        left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(left, right);

    [GeneratedRegex(
        @"^(?<numbers>(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){0,2})" +
        @"(-(?<pre>(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?" +
        @"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Form();
}
