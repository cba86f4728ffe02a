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
