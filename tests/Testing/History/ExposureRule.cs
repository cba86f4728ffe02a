namespace Splitstream.Testing.History;

/// <summary>A counted exposure names the variant of its unit's row: the live one, or an ended one once it is superseded.</summary>
internal static class ExposureRule
{
    public static IEnumerable<Violation> Check(Facts facts)
    {
        foreach (var exposure in facts.Tables.Exposures.Where(exposure => exposure.QuarantineReason is null))
        {
            var rows = facts.Pair(exposure.Experiment, exposure.Unit).Rows.Where(row => row.EndedAt is null != exposure.Superseded);
            if (rows.All(row => row.Variant != exposure.Variant))
                yield return Violation.Of("A counted exposure names the variant of its unit's row.", [], [exposure, .. rows]);
        }
    }
}
