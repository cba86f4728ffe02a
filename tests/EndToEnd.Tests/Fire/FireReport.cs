using System.Globalization;
using Splitstream.Testing.History;

namespace Splitstream.EndToEnd.Tests.Fire;

/// <summary>What one seed showed.</summary>
/// <param name="Requests">Requests sent, answered or not.</param>
/// <param name="Claims">Rows that units have or had.</param>
/// <param name="Rebuckets">Rebuckets that were answered.</param>
/// <param name="Terminated">Backends that were terminated.</param>
/// <param name="Quiet">Milliseconds of each answered assign before the faults.</param>
/// <param name="Outside">Milliseconds of each answered assign after the faults and their aftermath.</param>
internal sealed record FireReport(
    int Seed, IReadOnlyList<Violation> Violations, int Requests, int Claims, int Rebuckets, int Terminated,
    IReadOnlyList<double> Quiet, IReadOnlyList<double> Outside)
{
    private const int LongestList = 5;

    /// <summary>Whether enough happened for the absence of violations to mean something.</summary>
    public bool IsTelling => Claims >= FireClient.Units && Rebuckets >= FireOperator.Rebuckets / 2 && Terminated > 0
        && Quiet.Count > 0 && Outside.Count > 0;

    /// <summary>The 99th percentile; NaN of nothing.</summary>
    public static double P99(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[(int)Math.Ceiling(sorted.Length * 0.99) - 1];
    }

    /// <summary>How often each promise was broken, and the shortest counter-examples.</summary>
    public string Broken => string.Join('\n',
    [
        $"Seed {Seed} broke promises:",
        .. Violations.CountBy(violation => violation.Promise).Select(entry => $"{entry.Value,6} x {entry.Key}"),
        .. Violations.Take(LongestList).Select(violation => $"{violation}"),
    ]);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"seed {Seed}: p99 quiet {P99(Quiet):F1} ms ({Quiet.Count}), outside {P99(Outside):F1} ms ({Outside.Count}); "
        + $"{Requests} requests, {Claims} claims, {Rebuckets} rebuckets, {Terminated} backends terminated, {Violations.Count} violations");
}
