-- The whole schema, for readers. A test holds it equal to what the migrations make; change both in one commit.

-- One row: the version of all configuration. A change locks it, so that versions are handed out in the order of commits.
CREATE TABLE configuration (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL
);
INSERT INTO configuration (version) VALUES (0);

CREATE TABLE mutex_groups (
    group_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text COLLATE "C" NOT NULL UNIQUE,
    name       text NOT NULL,
    seed       text NOT NULL,
    shares     jsonb NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE metrics (
    metric_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text COLLATE "C" NOT NULL UNIQUE,
    definition jsonb NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE experiments (
    experiment_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key              text COLLATE "C" NOT NULL UNIQUE,
    version          bigint NOT NULL,
    status           text NOT NULL CHECK (status IN ('draft', 'running', 'closed', 'paused', 'stopped', 'archived')),
    definition       jsonb NOT NULL,
    group_id         bigint REFERENCES mutex_groups,
    bucketing_seed   text NOT NULL,
    traffic_seed     text NOT NULL,
    winner           text,
    paused_from      text,
    weights_changed  boolean NOT NULL DEFAULT false,
    protocol_version integer NOT NULL DEFAULT 1,
    protocol_changed boolean NOT NULL DEFAULT false,
    created_at       timestamptz NOT NULL,
    started_at       timestamptz,
    stopped_at       timestamptz
);

CREATE TABLE experiment_epochs (
    experiment_id bigint NOT NULL REFERENCES experiments,
    epoch         integer NOT NULL,
    opened_at     timestamptz NOT NULL,
    closed_at     timestamptz,
    interrupted   boolean NOT NULL DEFAULT false,
    weights       double precision[] NOT NULL,
    traffic       double precision NOT NULL,
    targeting     text,
    PRIMARY KEY (experiment_id, epoch)
);

-- Promise 1: the primary key decides which variant a unit has. Rows are written once; only the mark that one is about to end is updated.
CREATE TABLE assignments (
    experiment_id bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    epoch         integer NOT NULL,
    assigned_at   timestamptz NOT NULL,
    -- Set before the row is deleted, so that no server has it in memory when it goes.
    ending        boolean NOT NULL DEFAULT false,
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

-- One hash chain per experiment and one named global. Units appear in details only as HMAC under their key in unit_keys.
CREATE TABLE audit (
    chain         text COLLATE "C" NOT NULL,
    seq           bigint NOT NULL,
    position      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    at            timestamptz NOT NULL,
    actor         text NOT NULL,
    action        text NOT NULL,
    detail        text NOT NULL,
    previous_hash bytea NOT NULL,
    hash          bytea NOT NULL,
    PRIMARY KEY (chain, seq)
);

-- Erasure deletes a unit's key, which makes its HMACs meaningless while every chain stays verifiable.
CREATE TABLE unit_keys (
    unit_id text COLLATE "C" PRIMARY KEY,
    key     bytea NOT NULL
);

-- A key's secret is random and long, so one SHA-256 of it is all that is kept.
CREATE TABLE api_keys (
    key_id      text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL,
    project     text COLLATE "C" NOT NULL,
    scopes      integer NOT NULL,
    origins     text[] NOT NULL,
    secret_hash bytea NOT NULL UNIQUE,
    created_at  timestamptz NOT NULL,
    revoked_at  timestamptz
);

-- Promise 3: the only unique key of ingest. Kind is 0 for exposures and 1 for events; the source is the key's project. Purged 30 days after
-- receipt. The batch tells who wrote a row, so that a transaction can tell the ids it won from those it lost.
CREATE TABLE ingest_ids (
    kind         smallint NOT NULL,
    source       text COLLATE "C" NOT NULL,
    id           text COLLATE "C" NOT NULL,
    content_hash uuid NOT NULL,
    batch_id     bigint NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (kind, source, id)
);

-- Serves the purge. Rows arrive in the order of receipt, so a few pages of summaries are enough.
CREATE INDEX ingest_ids_received ON ingest_ids USING brin (received_at);

-- What a request was answered, for a repeat of it under the same idempotency key. The receipt is null only inside its own transaction.
CREATE TABLE ingest_receipts (
    source      text COLLATE "C" NOT NULL,
    batch_key   text COLLATE "C" NOT NULL,
    receipt     jsonb,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (source, batch_key)
);

-- Serves the purge.
CREATE INDEX ingest_receipts_received ON ingest_receipts USING brin (received_at);

-- A writer takes a hundred numbers at a time.
CREATE SEQUENCE batch_ids INCREMENT BY 100;

-- One row per transaction of ingest that the sums do not hold yet, with what became of its items.
CREATE TABLE batches (
    batch_id              bigint PRIMARY KEY,
    first_received_at     timestamptz NOT NULL,
    last_received_at      timestamptz NOT NULL,
    exposure_received     bigint NOT NULL,
    exposure_counted      bigint NOT NULL,
    exposure_duplicate    bigint NOT NULL,
    exposure_quarantined  bigint NOT NULL,
    exposure_rejected     bigint NOT NULL,
    exposure_dead         bigint NOT NULL,
    exposure_late         bigint NOT NULL,
    event_received        bigint NOT NULL,
    event_counted         bigint NOT NULL,
    event_duplicate       bigint NOT NULL,
    event_quarantined     bigint NOT NULL,
    event_rejected        bigint NOT NULL,
    event_dead            bigint NOT NULL,
    event_late            bigint NOT NULL
);

-- The ledger's totals over the batches that were aggregated. Only the aggregator writes it, so that no two writers of ingest meet in one row.
CREATE TABLE ingest_ledger (
    kind        smallint PRIMARY KEY,
    received    bigint NOT NULL DEFAULT 0,
    counted     bigint NOT NULL DEFAULT 0,
    duplicate   bigint NOT NULL DEFAULT 0,
    quarantined bigint NOT NULL DEFAULT 0,
    rejected    bigint NOT NULL DEFAULT 0,
    dead        bigint NOT NULL DEFAULT 0,
    late        bigint NOT NULL DEFAULT 0
);
INSERT INTO ingest_ledger (kind) VALUES (0), (1);

-- Items that the database refused for their content (SQLSTATE classes 22 and 23). The item is kept as bytes, because it may not be text.
CREATE TABLE dead_letters (
    dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id       bigint NOT NULL,
    kind           smallint NOT NULL,
    received_at    timestamptz NOT NULL,
    reason         text NOT NULL,
    item           bytea NOT NULL
);

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
    superseded_aggregation bigint,
    -- What a unit was and what sent the exposure; null where it did not say. Segments are made of those of the first exposure.
    attributes             jsonb,
    sdk                    text COLLATE "C"
) PARTITION BY RANGE (received_at);

-- Serves the first exposure of a unit, and the rebucket of a pair.
CREATE INDEX exposures_pair ON exposures (experiment_id, unit_id);
-- Serves the aggregator: which rows a batch brought.
CREATE INDEX exposures_batch ON exposures (batch_id);
-- Serves a look: whether the exposures of an experiment say what sent them.
CREATE INDEX exposures_sdk ON exposures (experiment_id) WHERE sdk IS NOT NULL;

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

-- Nobody writes this table. The aggregator locks it before its snapshot is taken, so that one aggregation follows the other.
CREATE TABLE aggregator_turn (only_row boolean PRIMARY KEY);

-- Numbered without gaps, in the order of commits.
CREATE TABLE aggregations (
    aggregation bigint PRIMARY KEY,
    at          timestamptz NOT NULL,
    batches     integer NOT NULL,
    pairs       integer NOT NULL
);

-- Which aggregation consumed a batch: what the sums knew when.
CREATE TABLE batch_log (
    batch_id    bigint PRIMARY KEY,
    received_at timestamptz NOT NULL,
    aggregation bigint NOT NULL
);

-- Units whose sums must be computed anew though no batch names them: a rebucket (unit given), or all units of an experiment (unit null).
CREATE TABLE recompute_requests (
    request_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment_id bigint NOT NULL,
    unit_id       text COLLATE "C"
);

-- The version of all configuration that the tables below were read from.
CREATE TABLE aggregated_configuration (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version  bigint NOT NULL
);
INSERT INTO aggregated_configuration (version) VALUES (0);

-- Metrics as the aggregator computes them: the path parsed, the window exact. No path is a null, the path to the whole is empty. Null is also
-- what a metric does not have: a later start of its window (retention), a denominator (ratios), a covariate and its look-back.
CREATE TABLE metric_rules (
    metric_id  bigint PRIMARY KEY,
    type       text NOT NULL CHECK (type IN ('conversion', 'count', 'mean')),
    event      text COLLATE "C" NOT NULL,
    path       text[],
    time_window interval,
    cap        numeric,
    window_start interval,
    denominator_event text COLLATE "C",
    denominator_path text[],
    lookback   interval
);

-- The metrics of every started experiment, as of the version above. An experiment that was assigned elsewhere has no covariates, because it
-- has no time of assignment to look back from.
CREATE TABLE experiment_metrics (
    experiment_id bigint NOT NULL,
    metric_id     bigint NOT NULL,
    has_covariate boolean NOT NULL DEFAULT false,
    PRIMARY KEY (experiment_id, metric_id)
);

-- Pauses and stops, with the aggregation that took them into account.
CREATE TABLE interruptions (
    experiment_id bigint NOT NULL,
    ended_at      timestamptz NOT NULL,
    aggregation   bigint NOT NULL,
    PRIMARY KEY (experiment_id, ended_at)
);

-- Rebucketed pairs, with the aggregation that took them into account first.
CREATE TABLE rebucketed_units (
    experiment_id bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    aggregation   bigint NOT NULL,
    PRIMARY KEY (experiment_id, unit_id)
);

-- Units with a counted exposure. A unit with a reason is counted among the exclusions and in no sum. Covariates look at what happened before
-- lookback_ends_at; it is null where no metric has one.
CREATE TABLE analysed_units (
    experiment_id     bigint NOT NULL,
    unit_id           text COLLATE "C" NOT NULL,
    variant           text COLLATE "C" NOT NULL,
    epoch             integer NOT NULL,
    first_exposure_at timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL,
    excluded_reason   text,
    late              bigint NOT NULL,
    lookback_ends_at  timestamptz,
    PRIMARY KEY (experiment_id, unit_id)
);

-- Serves a new event: which experiments its unit is in.
CREATE INDEX analysed_units_unit ON analysed_units (unit_id);

-- Units with an exposure that was quarantined, once per reason.
CREATE TABLE unit_exclusions (
    experiment_id bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    reason        text NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    PRIMARY KEY (experiment_id, unit_id, reason)
);

-- Values of analysed units other than 0; null is a missing value. A unit without a row has 0 throughout. What follows the value belongs to
-- ratios and metrics with a covariate, null for others; history is 1 for a unit with any event in the look-back.
CREATE TABLE unit_metrics (
    experiment_id bigint NOT NULL,
    metric_id     bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    value         numeric,
    denominator   numeric,
    history       numeric,
    covariate     numeric,
    covariate_denominator numeric,
    PRIMARY KEY (experiment_id, unit_id, metric_id)
);

-- Sums by cohort: the hour of first exposure, and the pause or stop that ends the outcomes. A cohort matures as a whole.
CREATE TABLE unit_counts (
    experiment_id bigint NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    epoch         integer NOT NULL,
    cohort_hour   timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    units         bigint NOT NULL,
    late          bigint NOT NULL,
    PRIMARY KEY (experiment_id, variant, epoch, cohort_hour, ends_at)
);

CREATE TABLE metric_sums (
    experiment_id bigint NOT NULL,
    metric_id     bigint NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    epoch         integer NOT NULL,
    cohort_hour   timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    missing       bigint NOT NULL,
    sum           numeric NOT NULL,
    sum_squares   numeric NOT NULL,
    PRIMARY KEY (experiment_id, metric_id, variant, epoch, cohort_hour, ends_at)
);

-- Sums and cross products of ratios and of metrics with a covariate, by cohort; the value's own stand in metric_sums.
CREATE TABLE metric_products (
    experiment_id                      bigint NOT NULL,
    metric_id                          bigint NOT NULL,
    variant                            text COLLATE "C" NOT NULL,
    epoch                              integer NOT NULL,
    cohort_hour                        timestamptz NOT NULL,
    ends_at                            timestamptz NOT NULL,
    denominators                       numeric NOT NULL,
    denominator_squares                numeric NOT NULL,
    value_denominators                 numeric NOT NULL,
    histories                          numeric NOT NULL,
    value_histories                    numeric NOT NULL,
    denominator_histories              numeric NOT NULL,
    covariates                         numeric NOT NULL,
    covariate_squares                  numeric NOT NULL,
    value_covariates                   numeric NOT NULL,
    denominator_covariates             numeric NOT NULL,
    covariate_denominators             numeric NOT NULL,
    covariate_denominator_squares      numeric NOT NULL,
    covariate_covariate_denominators   numeric NOT NULL,
    value_covariate_denominators       numeric NOT NULL,
    denominator_covariate_denominators numeric NOT NULL,
    PRIMARY KEY (experiment_id, metric_id, variant, epoch, cohort_hour, ends_at)
);

CREATE TABLE exclusion_counts (
    experiment_id bigint NOT NULL,
    reason        text NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    units         bigint NOT NULL,
    PRIMARY KEY (experiment_id, reason, variant)
);

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

-- Certificates by the hash of everything that was simulated: equal plans are simulated once.
CREATE TABLE certificates (
    input_hash  text COLLATE "C" PRIMARY KEY,
    result      text NOT NULL,
    computed_at timestamptz NOT NULL
);

-- What each experiment was started with. Fixed once: later changes make the certificate lapse and do not replace it.
CREATE TABLE started_certificates (
    experiment_id bigint PRIMARY KEY REFERENCES experiments,
    -- Not a reference: it is computed afterwards, in the background.
    input_hash    text COLLATE "C",
    input         text,
    reason        text,
    fixed_at      timestamptz NOT NULL,
    CHECK ((input IS NULL) = (input_hash IS NULL) AND (input IS NULL) <> (reason IS NULL))
);

-- The servers that keep caches: a change is answered when each of them knows of it. A server writes its row before it trusts its caches
-- and marks it with every beat; a row that stood still for longer than a lease is removed by whoever waited for it.
CREATE TABLE nodes (
    node_id    text PRIMARY KEY,
    -- What was committed when the server entered. It dropped what it knew afterwards, so none of these changes waits for it.
    entered_at pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
