-- What a unit was and what sent the exposure; null where it did not say. Segments are made of those of the first exposure.
ALTER TABLE exposures
    ADD COLUMN IF NOT EXISTS attributes jsonb,
    ADD COLUMN IF NOT EXISTS sdk text COLLATE "C";

-- Serves a look: whether the exposures of an experiment say what sent them.
CREATE INDEX IF NOT EXISTS exposures_sdk ON exposures (experiment_id) WHERE sdk IS NOT NULL;
