using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Splitstream.Stats.Frequentist;
using Splitstream.Stats.Samples;

namespace Splitstream.Stats.Tests.RealStudies;

/// <summary>A study of the shared data: its table, column by column, and the results that were published or recomputed for it.</summary>
internal sealed class Study
{
    private readonly Dictionary<string, int> _columns;
    private readonly string[][] _rows;

    private Study(string[][] rows, JsonElement expected)
    {
        _columns = rows[0].Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
        _rows = rows[1..];
        Expected = expected;
    }

    public JsonElement Expected { get; }

    public int Rows => _rows.Length;

    public static Study Open(string file, string key)
    {
        using Stream stream = File.OpenRead(SharedFolder.File("data", file));
        using Stream content = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        using var reader = new StreamReader(content);
        var rows = reader.ReadToEnd().Split(
            '\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r').Split(',')).ToArray();
        using var expected = JsonDocument.Parse(File.ReadAllText(SharedFolder.File("data", "expected.json")));
        return new Study(rows, expected.RootElement.GetProperty(key).Clone());
    }

    public string[] Texts(string column) => _rows.Select(row => row[_columns[column]]).ToArray();

    /// <summary>Numbers of a column; an empty field is missing and becomes null.</summary>
    public double?[] Optional(string column) =>
        Texts(column).Select(text => text.Length == 0 ? (double?)null : double.Parse(text, CultureInfo.InvariantCulture)).ToArray();

    public double[] Numbers(string column) => Optional(column).Select(value => value!.Value).ToArray();

    /// <summary>One expected number, by its path.</summary>
    public double Number(params string[] path) => Element(path).GetDouble();

    public JsonElement Element(params string[] path) => path.Aggregate(Expected, (element, name) => element.GetProperty(name));

    public static SampleSummary Summarise(IEnumerable<double> values)
    {
        var all = values.ToArray();
        var mean = all.Average();
        return new SampleSummary(all.Length, mean, all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1));
    }

    /// <summary>A t test against an expected one.</summary>
    public static void Compare(JsonElement expected, MeanTestResult test)
    {
        Near(expected.GetProperty("diff").GetDouble(), test.Effect);
        Near(expected.GetProperty("se").GetDouble(), test.StandardError);
        Near(expected.GetProperty("df").GetDouble(), test.DegreesOfFreedom);
        Near(expected.GetProperty("t").GetDouble(), test.T);
        Near(expected.GetProperty("p_two_sided").GetDouble(), test.P);
        Near(expected.GetProperty("diff_ci95")[0].GetDouble(), test.Interval.Lower);
        Near(expected.GetProperty("diff_ci95")[1].GetDouble(), test.Interval.Upper);
    }

    /// <summary>Equal to one part in a million, the precision that the studies ask of closed forms.</summary>
    public static void Near(double expected, double actual) => Near(expected, actual, 1e-6 * Math.Abs(expected));

    public static void Near(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance, $"got {actual:R}, expected {expected:R} within {tolerance:R}");
}
