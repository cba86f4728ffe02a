namespace Splitstream.Cluster.Tests.BadInput;

/// <summary>Every operation of the contract without a key and with one that lacks its scope; and keys that are none.</summary>
internal static class AccessRows
{
    public static IEnumerable<BadRow> All()
    {
        foreach (var operation in ContractOperations.All().Where(operation => !operation.IsOpen))
        {
            // Broken bodies and paths of absent things: who may not enter learns nothing about either.
            var path = operation.Path.Replace("{key}", "absent", StringComparison.Ordinal).Replace("{id}", "absent", StringComparison.Ordinal)
                .Replace("{experiment}", "running", StringComparison.Ordinal).Replace("{unitId}", "alice", StringComparison.Ordinal);
            var forUnits = operation.Path is "/v1/assign" or "/v1/assign/batch" or "/v1/units/lookup" or "/v1/assignments/{unitId}";
            yield return new BadRow("no key", operation.Method, path, "{", 401, "unauthenticated") { Key = null };
            yield return new BadRow("wrong scope", operation.Method, path, "{", 403, "forbidden") { Key = forUnits ? "ingest" : "assign" };
        }

        // Guesses are counted and slowed down, so that these stay few.
        foreach (var key in new[] { "unknown", "revoked", "long" })
        {
            yield return new BadRow($"{key} key", "GET", "/v1/experiments", "", 401, "unauthenticated") { Key = key };
            yield return new BadRow($"{key} key", "POST", "/v1/assign", """{"unitId":"new"}""", 401, "unauthenticated") { Key = key };
        }

        foreach (var header in new[] { "Basic YWRtaW46YWRtaW4=", "Bearer", "Bearer ", "bearer\ttoken", "" })
        {
            yield return new BadRow($"Authorization: {header}", "GET", "/v1/experiments", "", 401, "unauthenticated") { Key = null, Headers = ["Authorization: " + header] };
        }

        yield return new BadRow("a second key", "GET", "/v1/experiments", "", 401, "unauthenticated").With("Authorization: Bearer other");
        yield return new BadRow("key in the query", "GET", "/v1/experiments?key=x&access_token=x", "", 401, "unauthenticated") { Key = null };
        yield return new BadRow("keys are for admins", "POST", "/v1/api-keys", """{"name":"n","scopes":["admin"]}""", 403, "forbidden") { Key = "manage" };
        yield return new BadRow("readers change nothing", "POST", "/v1/experiments/running/stop", "", 403, "forbidden") { Key = "read" };
        yield return new BadRow("readers rebucket nobody", "DELETE", "/v1/assignments/running/alice", "", 403, "forbidden") { Key = "read" };
    }
}
