-- Immutable results with the inputs they were computed from. Both are canonical text, handed out and compared to the last byte.
CREATE TABLE snapshots (
    snapshot_id       text COLLATE "C" PRIMARY KEY,
    experiment_id     bigint NOT NULL REFERENCES experiments,
    look_number       integer,
    taken_at          timestamptz NOT NULL,
    input_hash        text NOT NULL,
    metric_hash       text NOT NULL,
    rule_version      text NOT NULL,
    engine_version    text NOT NULL,
    decision          text NOT NULL,
    as_of_aggregation bigint NOT NULL,
    inputs            text NOT NULL,
    body              text NOT NULL
);

-- Serves the latest snapshot of an experiment and its list.
CREATE INDEX snapshots_experiment ON snapshots (experiment_id, taken_at, snapshot_id);
