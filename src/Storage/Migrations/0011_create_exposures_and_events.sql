-- Append-only, partitioned by day of receipt (UTC). (batch_id, ordinal) names a row. No unique index: ingest_ids has seen to it.
CREATE TABLE exposures (
    batch_id               bigint NOT NULL,
    ordinal                integer NOT NULL,
    received_at            timestamptz NOT NULL,
    occurred_at            timestamptz NOT NULL,
    source                 text COLLATE "C" NOT NULL,
    exposure_id            text COLLATE "C",
    experiment_id          bigint,
    experiment             text COLLATE "C" NOT NULL,
    unit_id                text COLLATE "C" NOT NULL,
    variant                text COLLATE "C" NOT NULL,
    assigned_variant       text COLLATE "C",
    epoch                  integer,
    late                   boolean NOT NULL,
    quarantine_reason      text,
    superseded_at          timestamptz,
    superseded_aggregation bigint
) PARTITION BY RANGE (received_at);

-- Serves the first exposure of a unit, and the rebucket of a pair.
CREATE INDEX exposures_pair ON exposures (experiment_id, unit_id);
-- Serves the aggregator: which rows a batch brought.
CREATE INDEX exposures_batch ON exposures (batch_id);

CREATE TABLE events (
    batch_id    bigint NOT NULL,
    ordinal     integer NOT NULL,
    received_at timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    source      text COLLATE "C" NOT NULL,
    event_id    text COLLATE "C",
    unit_id     text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    late        boolean NOT NULL,
    properties  jsonb
) PARTITION BY RANGE (received_at);

-- Serves the value of a unit: its events since its first exposure.
CREATE INDEX events_unit ON events (unit_id, occurred_at);
-- Serves the aggregator: which rows a batch brought.
CREATE INDEX events_batch ON events (batch_id);

-- Raw rows received before this day are no longer retained. One row; null while nothing was ever dropped.
CREATE TABLE raw_retention (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    dropped_before timestamptz
);
INSERT INTO raw_retention DEFAULT VALUES;
