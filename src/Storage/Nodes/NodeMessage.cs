using System.Globalization;
using Splitstream.Bucketing;

namespace Splitstream.Storage.Nodes;

/// <summary>
/// What servers tell each other through the database: words separated by single spaces, the unit id, which may contain spaces, last.
/// </summary>
/// <param name="Kind">What the message is about; decides which of the others mean something.</param>
/// <param name="NodeId">The server that made the change, acknowledges it, or beats.</param>
/// <param name="Number">The change as its origin counts, or the beat.</param>
/// <param name="ExperimentId">For <see cref="NodeMessageKind.Unit"/>.</param>
/// <param name="UnitId">For <see cref="NodeMessageKind.Unit"/>.</param>
public readonly record struct NodeMessage(NodeMessageKind Kind, string NodeId, long Number, long ExperimentId, UnitId UnitId)
{
    private const int Words = 5;

    /// <summary>To be sent by a server to itself.</summary>
    public static string Beat(string nodeId, long number) => Text($"beat {nodeId} {number}");

    /// <param name="nodeId">The server that acknowledges.</param>
    /// <param name="number">The change, as its origin counts.</param>
    public static string Acknowledgement(string nodeId, long number) => Text($"ack {nodeId} {number}");

    /// <summary>To be sent to all servers.</summary>
    public static string Configuration(string nodeId, long number) => Text($"configuration {nodeId} {number}");

    /// <summary>To be sent to all servers.</summary>
    public static string Unit(string nodeId, long number, long experimentId, UnitId unit) =>
        Text($"unit {nodeId} {number} {experimentId} {unit.Value}");

    /// <summary>Reads a message; false for anything that none of the above has written.</summary>
    public static bool TryParse(string text, out NodeMessage message)
    {
        message = default;
        var words = text.Split(' ', Words);
        if (words.Length < 3 || !TryNumber(words[2], out var number))
        {
            return false;
        }

        var (experiment, unit) = (0L, default(UnitId));
        NodeMessageKind? kind = (words[0], words.Length) switch
        {
            ("beat", 3) => NodeMessageKind.Beat,
            ("ack", 3) => NodeMessageKind.Acknowledgement,
            ("configuration", 3) => NodeMessageKind.Configuration,
            ("unit", Words) when TryNumber(words[3], out experiment) && UnitId.TryCreate(words[4], out unit, out _) => NodeMessageKind.Unit,
            _ => null,
        };
        if (kind is null)
        {
            return false;
        }

        message = new NodeMessage(kind.Value, words[1], number, experiment, unit);
        return true;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a <see cref="NodeMessage"/> is about.</summary>
public enum NodeMessageKind
{
    /// <summary>A server's heartbeat, which only it hears.</summary>
    Beat,

    /// <summary>A server has taken a change into account.</summary>
    Acknowledgement,

    /// <summary>Configuration is to be read again.</summary>
    Configuration,

    /// <summary>What is remembered about one unit in one experiment is no longer so.</summary>
    Unit,
}
