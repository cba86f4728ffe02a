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
