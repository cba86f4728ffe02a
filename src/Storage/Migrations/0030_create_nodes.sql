-- The servers that keep caches: a change is answered when each of them knows of it. A server writes its row before it trusts its caches
-- and marks it with every beat; a row that stood still for longer than a lease is removed by whoever waited for it.
CREATE TABLE nodes (
    node_id    text PRIMARY KEY,
    -- What was committed when the server entered. It dropped what it knew afterwards, so none of these changes waits for it.
    entered_at pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
