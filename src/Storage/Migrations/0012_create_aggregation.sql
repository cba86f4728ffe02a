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

-- Metrics as the aggregator computes them: the path parsed, the window exact. No path is a null, the path to the whole is empty.
CREATE TABLE metric_rules (
    metric_id  bigint PRIMARY KEY,
    type       text NOT NULL CHECK (type IN ('conversion', 'count', 'mean')),
    event      text COLLATE "C" NOT NULL,
    path       text[],
    time_window interval,
    cap        numeric
);

-- The metrics of every started experiment, as of the version above.
CREATE TABLE experiment_metrics (
    experiment_id bigint NOT NULL,
    metric_id     bigint NOT NULL,
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

-- Units with a counted exposure. A unit with a reason is counted among the exclusions and in no sum.
CREATE TABLE analysed_units (
    experiment_id     bigint NOT NULL,
    unit_id           text COLLATE "C" NOT NULL,
    variant           text COLLATE "C" NOT NULL,
    epoch             integer NOT NULL,
    first_exposure_at timestamptz NOT NULL,
    ends_at           timestamptz NOT NULL,
    excluded_reason   text,
    late              bigint NOT NULL,
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

-- Values of analysed units other than 0; null is a missing value. A unit without a row has the value 0.
CREATE TABLE unit_metrics (
    experiment_id bigint NOT NULL,
    metric_id     bigint NOT NULL,
    unit_id       text COLLATE "C" NOT NULL,
    value         numeric,
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

CREATE TABLE exclusion_counts (
    experiment_id bigint NOT NULL,
    reason        text NOT NULL,
    variant       text COLLATE "C" NOT NULL,
    units         bigint NOT NULL,
    PRIMARY KEY (experiment_id, reason, variant)
);
