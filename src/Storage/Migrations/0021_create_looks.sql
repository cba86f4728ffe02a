-- One row per look. The primary key makes a look happen once, whatever the number of servers: the loser discards its own.
CREATE TABLE looks (
    experiment_id    bigint NOT NULL REFERENCES experiments,
    look_number      integer NOT NULL CHECK (look_number > 0),
    kind             text NOT NULL CHECK (kind IN ('look', 'final', 'import')),
    scheduled_at     timestamptz NOT NULL,
    taken_at         timestamptz NOT NULL,
    missed           integer NOT NULL CHECK (missed >= 0),
    protocol_version integer NOT NULL,
    pauses           boolean NOT NULL,
    snapshot_id      text COLLATE "C" NOT NULL REFERENCES snapshots,
    -- What the next look takes over: running maxima of evidence, and the decision if there was one.
    history          text NOT NULL,
    PRIMARY KEY (experiment_id, look_number)
);
