namespace Splitstream.Testing.History;

/// <summary>No server fails, and one that cannot answer says when to come again.</summary>
internal static class ReplyRule
{
    public static IEnumerable<Violation> Check(Facts facts)
    {
        foreach (var record in facts.Records)
        {
            if (record.Exchange.Status is >= 500 and not 503) yield return Violation.Of("No 5xx but 503.", [record]);
            if (record.Exchange is { Status: 503 or 429, HasRetryAfter: false })
                yield return Violation.Of("A refusal that may be repeated carries Retry-After.", [record]);
        }
    }
}
