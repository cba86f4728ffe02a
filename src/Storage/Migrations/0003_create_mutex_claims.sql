-- Promise 2: the primary key decides which experiment of a group holds a unit. Live claims only.
CREATE TABLE mutex_claims (
    group_id      bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    experiment_id bigint NOT NULL,
    claimed_at    timestamptz NOT NULL,
    PRIMARY KEY (group_id, unit_id)
);

-- Serves the archive of an experiment, which releases its claims.
CREATE INDEX mutex_claims_experiment ON mutex_claims (experiment_id);

CREATE TABLE mutex_claim_history (
    history_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id      bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    experiment_id bigint NOT NULL,
    claimed_at    timestamptz NOT NULL,
    released_at   timestamptz NOT NULL,
    reason        text NOT NULL
);

-- Serves the proof that a unit's claims never overlap in time.
CREATE INDEX mutex_claim_history_unit ON mutex_claim_history (group_id, unit_id);
