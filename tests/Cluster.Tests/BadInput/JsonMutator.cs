using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>
/// Spoils a valid body: first its tree (fields and elements removed, doubled, renamed, exchanged, replaced by odd values), then at times its
/// bytes (flipped, cut off, inserted). What a tree cannot hold, such as a field given twice or half a surrogate pair, goes in as a mark that
/// is replaced in the text.
/// </summary>
/// <param name="random">Seeded: the same generator spoils the same body the same way.</param>
public sealed class JsonMutator(Random random)
{
    private const int MostChanges = 4;

    /// <summary>Well above the limit of a body; more shows nothing new.</summary>
    private const int MostCharacters = 1_500_000;

    private static readonly string[] OddNumbers =
    [
        "0", "-0", "-1", "1.5", "1e400", "-1e400", "1e308", "1e-400", "5e-324", "2147483648", "-2147483649", "9223372036854775808", "18446744073709551616", "9007199254740993",
        "0.1e1", "1E+2", "1e2147483648", "1e-2147483649", "3." + "1".Times(400), "9".Times(400), "01", "+1", ".5", "1.", "NaN", "Infinity", "0x10", "1_000",
    ];

    private static readonly string[] OddTexts =
    [
        "\"\"", "\" \"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udfff\"", "\"\\ude00\\ud83d\"", "\"😀\"", "\"e\\u0301\"", "\"\\ufeff\"", "\"\\u202e\"", "\"\\uffff\"", "\"ﷺ\"",
        "\"'; DROP TABLE experiments; --\"", "\"../../x\"", "\"%2F%00\"", "\"$.a ? (@ > 0)\"", "\"$..*\"", "\"NaN\"", "\"1\"", "\"true\"", "\"null\"", "\"0001-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59Z\"", "\"9999-12-31T23:59:59-14:00\"", "\"2026-01-01T00:00:00\"", "\"2026-13-45T99:99:99Z\"", "\"\\x\"", "\"\\u12\"", "\"\n\"", "\"a\\n\"", "\"\\\"\"", "\"/\\\\/\"",
    ];

    private static readonly string[] OddValues = ["null", "true", "false", "{}", "[]", "[[]]", "[null]", "{\"\":null}", "{\"a\":1,\"a\":2}", "{\"\\ud800\":1}", "undefined", "", "// comment", "]", "}", ","];

    private static readonly string[] OddNames =
        ["", " ", "\\u0000", "\\ud800", "\\udc00x", "__proto__", "$type", "$ref", "constructor", "a/b~c", "😀", "e\\u0301", "key", "Key", "unitId", "weight", "\\u006bey", "0", "-1", "x\\\"y"];

    /// <summary>The bytes of a spoilt copy; now and then they are still valid.</summary>
    public byte[] Spoil(string valid)
    {
        var root = JsonNode.Parse(valid)!;
        var marks = new List<string>();
        for (var changes = random.Next(MostChanges + 1); changes > 0; changes--)
        {
            root = Change(root, marks);
        }

        var text = new StringBuilder(root.ToJsonString(JsonSerializerOptions.Web));
        for (var i = marks.Count - 1; i >= 0; i--)
        {
            text.Replace($"\"{Mark(i)}\"", marks[i]);
        }

        return SpoilBytes(Encoding.UTF8.GetBytes(text.ToString(0, Math.Min(text.Length, MostCharacters))));
    }

    private JsonNode Change(JsonNode root, List<string> marks)
    {
        var nodes = new List<JsonNode>();
        Collect(root, nodes);
        switch (nodes[random.Next(nodes.Count)])
        {
            case JsonObject { Count: > 0 } inside:
                ChangeField(inside, marks);
                return root;
            case JsonArray { Count: > 0 } inside:
                ChangeElement(inside, marks);
                return root;
            case var node when node == root:
                return Odd(marks);
            case var node:
                node.ReplaceWith(Odd(marks));
                return root;
        }
    }

    private void ChangeField(JsonObject inside, List<string> marks)
    {
        var (name, value) = inside.GetAt(random.Next(inside.Count));
        switch (random.Next(6))
        {
            case 0:
                inside.Remove(name);
                break;
            case 1:
                inside.Add(NewMark(marks, JsonSerializer.Serialize(name)), value?.DeepClone());
                break;
            case 2:
                inside.Remove(name);
                inside.Add(NewMark(marks, $"\"{Pick(OddNames)}\""), value);
                break;
            case 3:
                inside.Add(NewMark(marks, $"\"{Pick(OddNames)}\""), Odd(marks));
                break;
            case 4 when inside.Count > 1:
                var (other, otherValue) = inside.GetAt(random.Next(inside.Count));
                (inside[name], inside[other]) = (otherValue?.DeepClone(), value?.DeepClone());
                break;
            default:
                inside[name] = Odd(marks);
                break;
        }
    }

    private void ChangeElement(JsonArray inside, List<string> marks)
    {
        var at = random.Next(inside.Count);
        switch (random.Next(4))
        {
            case 0:
                inside.RemoveAt(at);
                break;
            case 1:
                // Lists are doubled often enough to pass their limits now and then.
                for (var copies = random.Next(8) == 0 ? 1_100 : random.Next(1, 25); copies > 0; copies--)
                {
                    inside.Add(inside[at]?.DeepClone());
                }

                break;
            default:
                inside[at] = Odd(marks);
                break;
        }
    }

    private JsonValue Odd(List<string> marks) => JsonValue.Create(NewMark(marks, random.Next(20) switch
    {
        < 6 => Pick(OddNumbers),
        < 13 => Pick(OddTexts),
        < 17 => Pick(OddValues),
        17 => Deep(random.Next(4) == 0 ? 10_000 : random.Next(1, 70)),
        18 => $"\"{"x".Times(random.Next(100, 3_000))}\"",
        _ => $"\"{"é".Times(random.Next(20) == 0 ? 600_000 : 20_000)}\"",
    }));

    private string Deep(int levels) => random.Next(2) == 0 ? "[".Times(levels) + "]".Times(levels) : "{\"a\":".Times(levels) + "1" + "}".Times(levels);

    private byte[] SpoilBytes(byte[] bytes)
    {
        switch (random.Next(10))
        {
            case 0 when bytes.Length > 0:
                for (var flips = random.Next(1, 5); flips > 0; flips--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                }

                return bytes;
            case 1:
                return bytes[..random.Next(bytes.Length + 1)];
            case 2 when bytes.Length > 0:
                byte[][] odd = [[0], [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80], [(byte)'\\'], [(byte)'"'], [(byte)'{'], [0x1B]];
                var at = random.Next(bytes.Length);
                return [.. bytes[..at], .. odd[random.Next(odd.Length)], .. bytes[at..]];
            default:
                return bytes;
        }
    }

    private static void Collect(JsonNode? node, List<JsonNode> nodes)
    {
        if (node is null)
        {
            return;
        }

        nodes.Add(node);
        foreach (var child in node is JsonObject fields ? fields.Select(field => field.Value) : node as JsonArray ?? Enumerable.Empty<JsonNode?>())
        {
            Collect(child, nodes);
        }
    }

    private static string NewMark(List<string> marks, string text)
    {
        marks.Add(text);
        return Mark(marks.Count - 1);
    }

    private static string Mark(int index) => $"#mark{index}#";

    private string Pick(string[] from) => from[random.Next(from.Length)];
}
