-- Who looked at which snapshot and when. Views spend nothing and are part of the evidence.
CREATE TABLE snapshot_views (
    sequence      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment_id bigint NOT NULL REFERENCES experiments,
    snapshot_id   text COLLATE "C" NOT NULL REFERENCES snapshots,
    viewer        text NOT NULL,
    viewed_at     timestamptz NOT NULL
);

-- Serves the count and the list of an experiment's views.
CREATE INDEX snapshot_views_experiment ON snapshot_views (experiment_id, sequence);
