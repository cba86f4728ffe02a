-- Promise 1: the primary key decides which variant a unit has. Rows are written once and never updated.
CREATE TABLE assignments (
    experiment_id bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    epoch         integer NOT NULL,
    assigned_at   timestamptz NOT NULL,
    PRIMARY KEY (experiment_id, unit_id)
) PARTITION BY HASH (experiment_id);

DO $$
BEGIN
    FOR remainder IN 0..15 LOOP
        EXECUTE format(
            'CREATE TABLE assignments_p%s PARTITION OF assignments FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
            lpad(remainder::text, 2, '0'), remainder);
    END LOOP;
END $$;

-- Serves look-ups of one unit over all experiments.
CREATE INDEX assignments_unit ON assignments (unit_id);

-- What a rebucket deleted, for the proof that no unit changed its variant otherwise.
CREATE TABLE assignment_history (
    history_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment_id bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    epoch         integer NOT NULL,
    assigned_at   timestamptz NOT NULL,
    ended_at      timestamptz NOT NULL,
    reason        text NOT NULL
);

-- Serves the exclusion of rebucketed units from decision metrics.
CREATE INDEX assignment_history_pair ON assignment_history (experiment_id, unit_id);
