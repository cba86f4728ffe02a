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
