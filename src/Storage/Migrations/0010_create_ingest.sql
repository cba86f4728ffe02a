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
