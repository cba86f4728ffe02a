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
