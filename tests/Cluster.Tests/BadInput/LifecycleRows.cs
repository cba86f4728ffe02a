namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Every move that an experiment may not make from where it is, and versions that are not its own.</summary>
internal static class LifecycleRows
{
    private static readonly string[] Moves = ["start", "close", "pause", "resume", "stop", "archive"];

    private static readonly HashSet<(string Status, string Move)> Legal =
    [
        ("draft", "start"), ("draft", "archive"), ("running", "close"), ("running", "pause"), ("running", "stop"), ("closed", "pause"),
        ("closed", "stop"), ("paused", "resume"), ("paused", "stop"), ("stopped", "archive"),
    ];

    /// <summary>Values of If-Match that name no current version of an experiment at version 2.</summary>
    private static readonly string[] StaleTags = ["\"1\"", "\"3\"", "\"0\"", "\"-2\"", "\"2 \"", "\"02x\"", "2", "W/\"2\"", "\"2\", \"3\"", "\"\"", "\"9223372036854775808\"", "\"9223372036854775807\"", "\"' OR 1=1\""];

    public static IEnumerable<BadRow> All() => [.. OfMoves(), .. OfVersions(), .. OfOthers()];

    private static IEnumerable<BadRow> OfMoves()
    {
        foreach (var status in BadInputServer.Statuses)
        {
            foreach (var move in Moves.Where(move => !Legal.Contains((status, move))))
            {
                var code = (status, move) is ("running", "start") ? "experiment_already_running" : "illegal_transition";
                yield return new BadRow("illegal move", "POST", $"/v1/experiments/{status}/{move}", "", 409, code);
            }
        }

        foreach (var move in Moves)
        {
            yield return new BadRow("no such experiment", "POST", $"/v1/experiments/absent/{move}", "", 404, "experiment_not_found");
            yield return new BadRow("no key", "POST", $"/v1/experiments/..%2Frunning/{move}", "", 404, "experiment_not_found");
        }

        yield return new BadRow("winner: a number", "POST", "/v1/experiments/running/stop", """{"winner":7}""", 422, "validation_failed", "/winner");
        yield return new BadRow("winner: no key", "POST", "/v1/experiments/running/stop", """{"winner":"a/b"}""", 422, "validation_failed", "/winner");
        yield return new BadRow("winner: no variant", "POST", "/v1/experiments/running/stop", """{"winner":"third"}""", 422, "validation_failed", "/winner");
        foreach (var status in new[] { "stopped", "archived" })
        {
            var version = status == "stopped" ? 3 : 4;
            yield return new BadRow("edit at the end", "PATCH", $"/v1/experiments/{status}", """{"name":"Later"}""", 409, "illegal_transition").With($"If-Match: \"{version}\"");
        }
    }

    private static IEnumerable<BadRow> OfVersions()
    {
        foreach (var tag in StaleTags)
        {
            yield return new BadRow($"If-Match {tag}", "PATCH", "/v1/experiments/running", """{"name":"Later"}""", 412, "stale_version").With("If-Match: " + tag);
            yield return new BadRow($"If-Match {tag}", "POST", "/v1/experiments/running/pause", "", 412, "stale_version").With("If-Match: " + tag);
        }

        yield return new BadRow("no If-Match", "PATCH", "/v1/experiments/running", """{"name":"Later"}""", 428, "version_required");
        yield return new BadRow("If-Match *", "PATCH", "/v1/experiments/running", """{"name":"Later"}""", 428, "version_required").With("If-Match: *");
        yield return new BadRow("stale with a rule", "PATCH", "/v1/experiments/running", """{"decisionRule":{"alpha":0.01}}""", 412, "stale_version").With("If-Match: \"1\"");
        foreach (var move in Moves.Where(move => move != "pause"))
        {
            var status = Legal.First(pair => pair.Move == move).Status;
            yield return new BadRow("stale", "POST", $"/v1/experiments/{status}/{move}", "", 412, "stale_version").With("If-Match: \"77\"");
        }
    }

    private static IEnumerable<BadRow> OfOthers()
    {
        yield return new BadRow("of a draft", "POST", "/v1/experiments/draft/analyze", "", 409, "illegal_transition");
        yield return new BadRow("of a draft", "GET", "/v1/experiments/draft/results", "", 409, "illegal_transition");
        yield return new BadRow("no such experiment", "POST", "/v1/experiments/absent/analyze", "", 404, "experiment_not_found");
        yield return new BadRow("no such experiment", "PATCH", "/v1/experiments/absent", """{"name":"Later"}""", 404, "experiment_not_found").With("If-Match: \"1\"");
        yield return new BadRow("no such snapshot", "POST", "/v1/experiments/running/snapshots/absent/verify", "", 404, "snapshot_not_found");
        yield return new BadRow("another's snapshot", "POST", "/v1/experiments/closed/snapshots/{snapshot}/verify", "", 404, "snapshot_not_found");
        yield return new BadRow("another's snapshot", "GET", "/v1/experiments/closed/snapshots/{snapshot}", "", 404, "snapshot_not_found");
    }
}
