-- The embedded engine's own tables. Safe to run again and again; run at every start under an advisory lock.
CREATE SCHEMA IF NOT EXISTS engine;

-- One row per stored value of a grain. A cleared value keeps its row with a null payload, so that its etag never starts again
-- and a writer with an old etag is always refused. json, not jsonb: numbers come back as they were written.
CREATE TABLE IF NOT EXISTS engine.grain_states (
    grain_type text NOT NULL,
    grain_key text NOT NULL,
    state_name text NOT NULL,
    etag bigint NOT NULL,
    payload json,
    modified_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (grain_type, grain_key, state_name)
);

-- One row per reminder. Its ticks are start_at + n * period_ms, for n = 0, 1, 2, ...; the etag is new with every registration.
CREATE TABLE IF NOT EXISTS engine.reminders (
    grain_type text NOT NULL,
    grain_key text NOT NULL,
    name text NOT NULL,
    start_at timestamptz NOT NULL,
    period_ms bigint NOT NULL CHECK (period_ms > 0),
    etag uuid NOT NULL DEFAULT gen_random_uuid(),
    PRIMARY KEY (grain_type, grain_key, name)
);
